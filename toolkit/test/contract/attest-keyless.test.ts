import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadAttestOptions } from '../../src/cli/attestation.ts';
import { parseReference } from '../../src/oci/reference.ts';
import type { Registry } from '../../src/oci/registry.ts';
import { attestImage, type AttestOptions } from '../../src/supply-chain/attest.ts';
import { checkAttestations, type AttestationCheck } from '../../src/supply-chain/check-attestations.ts';
import { fetchImageFacts } from '../../src/supply-chain/image-facts.ts';
import { loadTrustedRoot } from '../../src/supply-chain/trusted-root.ts';
import { pushImages } from '../lib/attest-setup.ts';
import { testClient } from '../lib/oci-client.ts';
import { startFakeRegistry, type FakeRegistry } from '../lib/oci-fake-registry.ts';
import { writeModels } from '../lib/push-fixtures.ts';
import { ISSUER, startSigstoreServer, type SigstoreServer } from '../lib/sigstore-server/server.ts';

const WORKFLOW = 'org/aim/.github/workflows/images.yml@refs/heads/release/0.9';
const IDENTITY = `https://github.example.com/${WORKFLOW}`;

describe('signing with the identity of a pipeline', () => {
  const models = writeModels(4);
  const scratch = mkdtempSync(join(tmpdir(), 'aimctl-keyless-'));
  let sigstore: SigstoreServer;
  let registry: FakeRegistry;
  let client: Registry;
  let images: string[] = [];

  beforeAll(async () => {
    sigstore = await startSigstoreServer(WORKFLOW);
    registry = await startFakeRegistry();
    client = testClient();
    images = await pushImages(client, models, `${registry.host}/org`);
  });
  afterAll(async () => {
    client.close();
    await Promise.all([registry.stop(), sigstore.stop()]);
    for (const folder of [models.folder, scratch]) rmSync(folder, { recursive: true });
  });

  const options = (env: Record<string, string> = {}): Promise<AttestOptions> =>
    loadAttestOptions(
      { keyFile: undefined, keyless: undefined, fulcioUrl: sigstore.url, rekorUrl: sigstore.url },
      {
        env: { ...sigstore.env, ...env },
        locations: { root: scratch, version: '0.9.0' },
        signal: new AbortController().signal,
      },
    );
  const check = async (image: string, expected: { identity?: string; issuer?: string; root?: object }) => {
    const file = join(scratch, 'trusted_root.json');
    writeFileSync(file, JSON.stringify(expected.root ?? sigstore.trustedRoot));
    const { identity = IDENTITY, issuer = ISSUER } = expected;
    const facts = await fetchImageFacts(client, parseReference(image));
    const material = await loadTrustedRoot(file);
    return checkAttestations(client, facts, { kind: 'identity', identity, issuer, material });
  };
  const verdict = ({ passed, signature }: AttestationCheck) => [passed, signature.signer, signature.problems.join()];

  it('gives a certificate of the workflow, a log entry, and says which run it was', async () => {
    const result = await attestImage(client, images[0]!, await options());
    expect(result.signer).toBe(IDENTITY);
    const found = await check(images[0]!, {});
    expect(verdict(found)).toEqual([true, IDENTITY, '']);
    expect(found.provenance.builder).toBe(IDENTITY);
    expect(sigstore.log.size()).toBe(1);
  });

  it('is done once for an image: a rerun asks neither the authority nor the log', async () => {
    const again = await attestImage(client, images[0]!, await options({ GITHUB_RUN_ATTEMPT: '2' }));
    expect(again.provenance.action).toBe('present');
    expect(sigstore.log.size()).toBe(1);
  });

  it.each([
    ['another workflow', { identity: `${IDENTITY}x` }, /not by/],
    // A pattern that would fit is still another identity.
    ['a pattern', { identity: 'https://github.example.com/.*' }, /not by/],
    ['another provider', { issuer: 'https://token.example.org' }, /was attested by/],
  ])('is no signature of %s', async (_, expected, problem) => {
    const found = await check(images[0]!, expected);
    expect(found.passed).toBe(false);
    expect(found.signature.problems.join()).toMatch(problem);
  });

  it('is not trusted under another authority and log', async () => {
    const other = await startSigstoreServer(WORKFLOW);
    try {
      const found = await check(images[0]!, { root: other.trustedRoot });
      expect([found.passed, found.signature.state]).toEqual([false, 'invalid']);
    } finally {
      await other.stop();
    }
  });

  it.each([
    [1, 'no-token', /no identity token/],
    [2, 'no-certificate', /certificate authority.*400.*refused/],
    [3, 'no-entry', /transparency log.*400.*refused/],
  ] as const)('fails with a reason and without secrets: image %i, %s', async (index, fault, message) => {
    const image = images[index]!;
    sigstore.fault = fault;
    try {
      const failed = await attestImage(client, image, await options()).catch((error: unknown) => error as Error);
      expect(failed).toMatchObject({ code: 'remote', message: expect.stringMatching(message) as string });
      expect(JSON.stringify(failed, Object.getOwnPropertyNames(failed))).not.toContain('bearer-of-the-job');
    } finally {
      sigstore.fault = 'none';
    }
    const { repository, subject } = await fetchImageFacts(client, parseReference(image));
    const known = await client.listReferrers(repository, subject.digest);
    expect(known.filter(({ artifactType }) => artifactType?.includes('sigstore'))).toEqual([]);
    expect((await attestImage(client, image, await options())).signer).toBe(IDENTITY);
  });

  it('is only done where the job may have a token', async () => {
    expect((await options({ ACTIONS_ID_TOKEN_REQUEST_TOKEN: '' })).signer).toBeUndefined();
    const demanded = loadAttestOptions(
      { keyFile: undefined, keyless: true, fulcioUrl: undefined, rekorUrl: undefined },
      { env: {}, locations: { root: scratch, version: '0.9.0' }, signal: new AbortController().signal },
    );
    await expect(demanded).rejects.toMatchObject({
      code: 'environment',
      hint: expect.stringContaining('id-token') as string,
    });
  });
});
