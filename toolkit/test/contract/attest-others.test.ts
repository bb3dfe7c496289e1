import { rmSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import type { Registry } from '../../src/oci/registry.ts';
import { MEDIA_TYPES } from '../../src/oci/types.ts';
import { bytesSource } from '../../src/oci/upload.ts';
import { attestImage } from '../../src/supply-chain/attest.ts';
import { attachArtifact, type AttestTarget } from '../../src/supply-chain/artifact.ts';
import { BUNDLE_TYPE, SBOM_TYPE, STATEMENT_TYPE } from '../../src/supply-chain/media-types.ts';
import { renderProvenance } from '../../src/supply-chain/provenance.ts';
import { verifyPublished } from '../../src/supply-chain/verify-published.ts';
import { REGISTRIES, statesOf, useRegistry } from '../lib/attest-registries.ts';
import { attestOptions, makeKey } from '../lib/attest-setup.ts';
import { writeModels } from '../lib/push-fixtures.ts';
import { PLATFORM } from '../lib/push-setup.ts';

const models = writeModels(2);
afterAll(() => rmSync(models.folder, { recursive: true }));
const TYPES = [SBOM_TYPE, STATEMENT_TYPE, BUNDLE_TYPE];

/** Attaches an artifact of this type that has so many files. */
async function attachFiles({ registry, facts }: AttestTarget, type: string, files: number): Promise<void> {
  const sources = Array.from({ length: files }, (_, index) => bytesSource(Buffer.from(`{"file":${index}}`)));
  const empty = bytesSource(Buffer.from('{}'));
  for (const source of [empty, ...sources]) await registry.uploadBlob(facts.repository, source);
  await registry.putReferrer(facts.repository, {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.ociManifest,
    artifactType: type,
    config: { mediaType: MEDIA_TYPES.ociEmpty, digest: empty.digest, size: empty.sizeBytes },
    layers: sources.map(({ digest, sizeBytes }) => ({ mediaType: type, digest, size: sizeBytes })),
    subject: facts.subject,
  });
}

describe.each(REGISTRIES)('attestations among what others do in %s', (_, skipped, start) => {
  const at = useRegistry(models, start, skipped);

  it.skipIf(skipped).each([{ isSigned: false }, { isSigned: true }])(
    'are found behind what others attached: %j',
    async ({ isSigned }) => {
      const { platform } = attestOptions(undefined);
      const foreign = renderProvenance(
        await at.factsOf(at.second),
        { ...platform, version: '0.9.0' },
        Buffer.from('{}'),
      );
      const artifact = isSigned
        ? { type: BUNDLE_TYPE, bytes: await makeKey().signer.sign(foreign), annotations: {} }
        : { type: STATEMENT_TYPE, bytes: foreign, annotations: {} };
      await attachArtifact(await at.targetOf(at.first), artifact);
      const signature = isSigned ? 'unchecked' : 'absent';
      expect(statesOf(await at.check(at.first))).toEqual([signature, 'invalid', 'absent']);
      await attestImage(at.client, at.first, attestOptions(undefined));
      const found = await at.check(at.first);
      expect([found.passed, ...statesOf(found)]).toEqual([true, signature, 'valid', 'valid']);
    },
  );

  it.skipIf(skipped).each([
    ['of two files', (target: AttestTarget, type: string) => attachFiles(target, type, 2)],
    ['of no files', (target: AttestTarget, type: string) => attachFiles(target, type, 0)],
    [
      'larger than ours ever are',
      (target: AttestTarget, type: string) =>
        attachArtifact(target, { type, bytes: Buffer.alloc(4 * 1024 * 1024 + 1), annotations: {} }),
    ],
  ])('are found beside artifacts %s', async (_case, attach) => {
    for (const type of TYPES) await attach(await at.targetOf(at.first), type);
    expect(await at.referrersOf(at.first)).toHaveLength(TYPES.length);
    expect(statesOf(await at.check(at.first))).toEqual(['absent', 'absent', 'absent']);
    const key = makeKey();
    const result = await attestImage(at.client, at.first, attestOptions(key.signer));
    expect((await attestImage(at.client, at.first, attestOptions(key.signer))).provenance).toEqual({
      digest: result.provenance.digest,
      action: 'present',
    });
    const found = await at.check(at.first, key.publicKey);
    expect([found.passed, ...statesOf(found)]).toEqual([true, 'valid', 'valid', 'valid']);
    expect(found.sbom.digest).toBe(result.sbom.digest);
  });

  it.skipIf(skipped)(
    'are checked of the very image that is made again, also when its tag moves meanwhile',
    async () => {
      const { repository, subject } = await at.factsOf(at.first);
      const [tag = ''] = await at.client.listTags(repository);
      const reads: (string | undefined)[] = [];
      const watched: Registry = {
        ...at.client,
        getManifest: (reference) => {
          if (reference.name === repository.name) reads.push(reference.tag ?? reference.digest);
          return at.client.getManifest(reference);
        },
      };
      const open = () => {
        throw new Error('no sources here');
      };
      const rebuild = { open, version: '0.9.0', runtime: undefined, platform: PLATFORM };
      const name = `${repository.host}/${repository.name}:${tag}`;
      await expect(verifyPublished(watched, name, { rebuild, trust: undefined })).rejects.toThrow('no sources here');
      expect(reads).toEqual([tag, subject.digest]);
    },
  );
});
