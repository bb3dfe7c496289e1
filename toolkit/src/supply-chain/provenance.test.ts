import { describe, expect, it } from 'vitest';
import { BASE_FACTS, MODEL_FACTS } from '../../test/lib/image-facts.ts';
import { computeDigest } from '../oci/digest.ts';
import { readBuildPlatform } from './build-platform.ts';
import { renderProvenance } from './provenance.ts';
import { findProblems, parseStatement } from './statement.ts';

const ACTIONS = {
  GITHUB_ACTIONS: 'true',
  GITHUB_SERVER_URL: 'https://github.com',
  GITHUB_REPOSITORY: 'org/aim',
  GITHUB_WORKFLOW_REF: 'org/aim/.github/workflows/images.yml@refs/heads/main',
  GITHUB_RUN_ID: '7',
  GITHUB_RUN_ATTEMPT: '2',
};
const SBOM = Buffer.from('{}');
const render = (facts = MODEL_FACTS, env: NodeJS.ProcessEnv = ACTIONS) =>
  renderProvenance(facts, { ...readBuildPlatform(env), version: '0.9.0' }, SBOM);
const parse = (bytes: Buffer) => JSON.parse(bytes.toString()) as { predicate: Record<string, unknown> };

describe('renderProvenance', () => {
  it('says what an image was made of, by whom and in which run', () => {
    expect(parse(render())).toEqual({
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ name: 'ghcr.io/org/aim-acme-model-0', digest: { sha256: '1'.repeat(64) } }],
      predicateType: 'https://slsa.dev/provenance/v1',
      predicate: {
        buildDefinition: {
          buildType: expect.stringMatching(/^https:.*#build-type-v1$/) as string,
          externalParameters: {
            kind: 'model',
            model: 'acme/Model-0',
            version: '0.9.0',
            base: 'ghcr.io/org/aim-base:0.9',
          },
          internalParameters: {
            layoutVersion: '1',
            metadata: 'c'.repeat(64),
            settings: 'd'.repeat(64),
            createdAt: '2025-06-15T15:06:40.000Z',
          },
          resolvedDependencies: [
            { name: 'source', uri: 'git+https://github.com/org/aim', digest: { gitCommit: 'a'.repeat(40) } },
            {
              name: 'base',
              uri: `pkg:oci/aim-base@sha256%3A${'2'.repeat(64)}?repository_url=ghcr.io/org/aim-base`,
              digest: { sha256: '2'.repeat(64) },
            },
            { name: '/workspace/aim-runtime/profiles/acme/Model-0/a.yaml', digest: { sha256: 'a'.repeat(64) } },
            { name: '/workspace/aim-runtime/profiles/acme/Model-0/b.yaml', digest: { sha256: 'b'.repeat(64) } },
          ],
        },
        runDetails: {
          builder: {
            id: 'https://github.com/org/aim/.github/workflows/images.yml@refs/heads/main',
            version: { aimctl: '0.9.0' },
          },
          metadata: { invocationId: 'https://github.com/org/aim/actions/runs/7/attempts/2' },
          byproducts: [
            {
              name: 'sbom',
              mediaType: 'application/vnd.cyclonedx+json',
              digest: { sha256: computeDigest(SBOM).slice('sha256:'.length) },
            },
          ],
        },
      },
    });
  });

  it('outside of a pipeline names no run, and the address of the sources that the image gives', () => {
    const { predicate } = parse(render(MODEL_FACTS, {}));
    expect(predicate['runDetails']).not.toHaveProperty('metadata');
    expect(JSON.stringify(predicate)).toContain('git+https://example.com/aim');
    // A job of another system that happens to set some of the names is none of Actions.
    expect(readBuildPlatform({ ...ACTIONS, GITHUB_ACTIONS: '' })).toEqual(readBuildPlatform({}));
  });

  it('says that files had not been committed, and gives equal bytes for equal facts', () => {
    const dirty = { ...MODEL_FACTS, record: { ...MODEL_FACTS.record, revision: `${'a'.repeat(40)}-dirty` } };
    expect(render(dirty).toString()).toContain('"uncommitted":true');
    expect(findProblems(parseStatement(render(dirty))!, dirty)).toEqual([]);
    expect(render().equals(render())).toBe(true);
    const unknown = { ...MODEL_FACTS, source: undefined, record: { ...MODEL_FACTS.record, revision: '' } };
    expect(findProblems(parseStatement(render(unknown, {}))!, unknown)).toEqual([]);
  });
});

describe('findProblems', () => {
  it('finds nothing in the own statement and everything in that of another image', () => {
    const statement = parseStatement(render())!;
    expect(findProblems(statement, MODEL_FACTS)).toEqual([]);
    expect(findProblems(statement, BASE_FACTS).join('\n')).toMatch(
      /it is about sha256:1+\nit names the base sha256:2+/,
    );
    const other = { ...MODEL_FACTS, record: { ...MODEL_FACTS.record, revision: 'b'.repeat(40) } };
    expect(findProblems(statement, other).join()).toMatch(/names the commit a+, the image b+/);
  });

  it.each([
    '',
    '[]',
    'null',
    '{"_type":"https://in-toto.io/Statement/v1"}',
    '{"_type":"https://in-toto.io/Statement/v1","subject":[{"digest":null},7]}',
  ])('takes %s for no statement about anything', (text) => {
    const statement = parseStatement(Buffer.from(text));
    if (statement !== undefined) expect(findProblems(statement, MODEL_FACTS).length).toBeGreaterThan(2);
  });
});
