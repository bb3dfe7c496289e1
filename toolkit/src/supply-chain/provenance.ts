import { canonicalJson } from '../images/canonical-json.ts';
import { computeDigest } from '../oci/digest.ts';
import { formatRepository, parseReference } from '../oci/reference.ts';
import { SBOM_TYPE } from './media-types.ts';
import type { BuildPlatform } from './build-platform.ts';
import { commitOf, type ImageFacts } from './image-facts.ts';
import { imagePurl } from './package-url.ts';

export const STATEMENT_V1 = 'https://in-toto.io/Statement/v1';
export const PROVENANCE_PREDICATE = 'https://slsa.dev/provenance/v1';
/** Names the page that says what the parameters mean. */
const BUILD_TYPE = 'https://github.com/aim-build/aim-build/blob/main/docs/supply-chain.md#build-type-v1';

/** Who made the image. */
export interface ProvenanceOptions extends BuildPlatform {
  /** Version of this program. */
  readonly version: string;
}

/**
 * An in-toto statement with SLSA provenance: what the image was made of and by whom. It names the SBOM by digest, so
 * that one signature covers both. Equal arguments give equal bytes.
 * @see https://slsa.dev/spec/v1.0/provenance
 */
export function renderProvenance(facts: ImageFacts, options: ProvenanceOptions, sbom: Buffer): Buffer {
  const { repository, subject, record } = facts;
  return canonicalJson({
    _type: STATEMENT_V1,
    subject: [{ name: formatRepository(repository), digest: toDigestSet(subject.digest) }],
    predicateType: PROVENANCE_PREDICATE,
    predicate: {
      buildDefinition: {
        buildType: BUILD_TYPE,
        externalParameters: {
          kind: record.kind,
          ...(record.aimId === '' ? {} : { model: record.aimId }),
          version: record.version,
          base: record.base,
        },
        internalParameters: {
          layoutVersion: record.layoutVersion,
          metadata: facts.inputs.metadata,
          settings: facts.inputs.settings,
          createdAt: new Date(record.createdAt * 1_000).toISOString(),
        },
        resolvedDependencies: [...describeSource(facts, options), describeBase(facts), ...describeFiles(facts)],
      },
      runDetails: {
        builder: { id: options.builderId, version: { aimctl: options.version } },
        ...(options.invocationId === undefined ? {} : { metadata: { invocationId: options.invocationId } }),
        byproducts: [{ name: 'sbom', mediaType: SBOM_TYPE, digest: toDigestSet(computeDigest(sbom)) }],
      },
    },
  });
}

/** The commit. Files that were not committed have none: then it says so instead. */
function describeSource({ record, source }: ImageFacts, { repositoryUrl }: BuildPlatform): object[] {
  const url = repositoryUrl ?? source;
  if (url === undefined && record.revision === '') return [];
  const commit = commitOf(record);
  return [
    {
      name: 'source',
      ...(url === undefined ? {} : { uri: `git+${url}` }),
      ...(commit === '' ? {} : { digest: { gitCommit: commit } }),
      ...(commit === record.revision ? {} : { annotations: { uncommitted: true } }),
    },
  ];
}

function describeBase({ record }: ImageFacts): object {
  const { baseDigest } = record;
  return { name: 'base', uri: imagePurl(parseReference(record.base), baseDigest), digest: toDigestSet(baseDigest) };
}

function describeFiles({ inputs }: ImageFacts): object[] {
  return Object.entries(inputs.files)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, sha256]) => ({ name: path, digest: { sha256 } }));
}

function toDigestSet(digest: string): Record<string, string> {
  const colon = digest.indexOf(':');
  return { [digest.slice(0, colon)]: digest.slice(colon + 1) };
}
