import { commitOf, type ImageSubject } from './image-facts.ts';
import { parseJson, toList, toObject, toText } from '../documents/loose-json.ts';
import { PROVENANCE_PREDICATE, STATEMENT_V1 } from './provenance.ts';

/** What a statement says, as far as this program checks it. */
export interface StatementFacts {
  readonly predicateType: string;
  /** Digests of what it is about, `sha256:…`. */
  readonly subjects: readonly string[];
  /** Commit the sources were of; undefined when it names none. */
  readonly commit: string | undefined;
  /** Digest of the base image, `sha256:…`. */
  readonly baseDigest: string | undefined;
  /** Digest of the SBOM's bytes, `sha256:…`. */
  readonly sbomDigest: string | undefined;
  readonly builderId: string | undefined;
}

/** Reads a statement; undefined when it is no in-toto statement. */
export function parseStatement(bytes: Uint8Array): StatementFacts | undefined {
  const root = toObject(parseJson(bytes));
  if (root['_type'] !== STATEMENT_V1) return undefined;
  const predicate = toObject(root['predicate']);
  const definition = toObject(predicate['buildDefinition']);
  const run = toObject(predicate['runDetails']);
  const dependencies = toList(definition['resolvedDependencies']);
  const source = toObject(toObject(findNamed(dependencies, 'source'))['digest']);
  return {
    predicateType: toText(root['predicateType']) ?? '',
    subjects: toList(root['subject']).flatMap((subject) => readDigest(subject) ?? []),
    commit: toText(source['gitCommit']),
    baseDigest: readDigest(findNamed(dependencies, 'base')),
    sbomDigest: readDigest(findNamed(toList(run['byproducts']), 'sbom')),
    builderId: toText(toObject(run['builder'])['id']),
  };
}

/** Where a statement contradicts the image it is attached to, one line each. */
export function findProblems(statement: StatementFacts, { subject, record }: ImageSubject): string[] {
  const commit = commitOf(record);
  const { predicateType, subjects, baseDigest } = statement;
  return [
    ...(predicateType === PROVENANCE_PREDICATE ? [] : [`it is no provenance, but ${predicateType}`]),
    ...(subjects.includes(subject.digest) ? [] : [`it is about ${subjects.join(', ') || 'nothing'}`]),
    ...((statement.commit ?? '') === commit
      ? []
      : [`it names the commit ${statement.commit ?? 'none'}, the image ${commit}`]),
    ...(baseDigest === record.baseDigest
      ? []
      : [`it names the base ${baseDigest ?? 'none'}, the image ${record.baseDigest}`]),
  ];
}

function readDigest(descriptor: unknown): string | undefined {
  const [known] = Object.entries(toObject(toObject(descriptor)['digest']));
  return known === undefined || typeof known[1] !== 'string' ? undefined : known.join(':');
}

function findNamed(list: readonly unknown[], name: string): unknown {
  return list.find((item) => toObject(item)['name'] === name);
}
