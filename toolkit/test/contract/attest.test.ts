import { rmSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { parseReference } from '../../src/oci/reference.ts';
import { attestImage } from '../../src/supply-chain/attest.ts';
import { attachArtifact, bundleAnnotations } from '../../src/supply-chain/artifact.ts';
import { checkAttestations } from '../../src/supply-chain/check-attestations.ts';
import { fetchImageFacts } from '../../src/supply-chain/image-facts.ts';
import { BUNDLE_TYPE, SBOM_TYPE, STATEMENT_TYPE } from '../../src/supply-chain/media-types.ts';
import { renderProvenance } from '../../src/supply-chain/provenance.ts';
import { REGISTRIES, statesOf, useRegistry } from '../lib/attest-registries.ts';
import { attestOptions, COMMIT, makeKey, pushImages } from '../lib/attest-setup.ts';
import { testClient } from '../lib/oci-client.ts';
import { startFakeRegistry } from '../lib/oci-fake-registry.ts';
import { writeModels } from '../lib/push-fixtures.ts';

const models = writeModels(2);
afterAll(() => rmSync(models.folder, { recursive: true }));

describe.each(REGISTRIES)('attestations in %s', (_, skipped, start) => {
  const at = useRegistry(models, start, skipped);

  it.skipIf(skipped)('are signed, found by anybody, and valid for the key alone', async () => {
    const [key, other] = [makeKey(), makeKey()];
    const result = await attestImage(at.client, at.first, attestOptions(key.signer));
    expect(result).toMatchObject({ image: at.first, sbom: { action: 'attached' }, provenance: { action: 'attached' } });
    expect(result.signer).toMatch(/^key sha256:[0-9a-f]{64}$/);
    expect((await at.referrersOf(at.first)).map(({ artifactType }) => artifactType).sort()).toEqual(
      [SBOM_TYPE, BUNDLE_TYPE].sort(),
    );

    const own = await at.check(at.first, key.publicKey);
    expect([own.passed, ...statesOf(own)]).toEqual([true, 'valid', 'valid', 'valid']);
    expect(own.provenance).toMatchObject({ commit: COMMIT, builder: 'https://example.com/builder' });

    const foreign = await at.check(at.first, other.publicKey);
    expect([foreign.passed, foreign.signature.state]).toEqual([false, 'invalid']);
    expect(foreign.signature.problems.join()).toMatch(/another key/);
    // Nobody said whom to trust: what is there is told, and nothing claimed.
    const unchecked = await at.check(at.first);
    expect([unchecked.passed, ...statesOf(unchecked)]).toEqual([true, 'unchecked', 'valid', 'valid']);
  });

  it.skipIf(skipped)('are there once, however often the image is attested by the same signer', async () => {
    const [key, other] = [makeKey(), makeKey()];
    const before = await attestImage(at.client, at.first, attestOptions(key.signer));
    // Another version of the program, in another run.
    const options = attestOptions(key.signer);
    const platform = { ...options.platform, invocationId: 'https://example.com/runs/2' };
    const again = await attestImage(testClient(), at.first, { ...options, platform, version: '0.10.0' });
    expect(again.provenance).toEqual({ digest: before.provenance.digest, action: 'present' });
    expect(again.sbom.action).toBe('present');
    expect(await at.referrersOf(at.first)).toHaveLength(2);

    const third = await attestImage(at.client, at.first, attestOptions(other.signer));
    expect(third.provenance.action).toBe('attached');
    expect((await at.check(at.first, key.publicKey)).passed && (await at.check(at.first, other.publicKey)).passed).toBe(
      true,
    );
  });

  it.skipIf(skipped)('do without a signature, once, and fail whoever demands one', async () => {
    const result = await attestImage(at.client, at.first, attestOptions(undefined));
    const later = await attestImage(at.client, at.first, { ...attestOptions(undefined), version: '0.10.0' });
    expect([later.sbom.action, later.provenance.action]).toEqual(['present', 'present']);
    expect(result.signer).toBeNull();
    expect((await at.referrersOf(at.first)).map(({ artifactType }) => artifactType).sort()).toEqual(
      [SBOM_TYPE, STATEMENT_TYPE].sort(),
    );
    const plain = await at.check(at.first);
    expect([plain.passed, ...statesOf(plain)]).toEqual([true, 'absent', 'valid', 'valid']);
    expect((await at.check(at.first, makeKey().publicKey)).passed).toBe(false);
    const bare = await at.check(at.second, makeKey().publicKey);
    expect([bare.passed, ...statesOf(bare)]).toEqual([false, 'absent', 'absent', 'absent']);
    expect((await at.check(at.second)).passed).toBe(true);
  });

  it.skipIf(skipped)('of one image are not those of another', async () => {
    const key = makeKey();
    const statement = renderProvenance(
      await at.factsOf(at.second),
      { ...attestOptions(undefined).platform, version: '0.9.0' },
      Buffer.from('{}'),
    );
    const target = await at.targetOf(at.first);
    const stolen = {
      type: BUNDLE_TYPE,
      bytes: await key.signer.sign(statement),
      annotations: bundleAnnotations(target.facts),
    };
    await attachArtifact(target, stolen);
    const found = await at.check(at.first, key.publicKey);
    expect([found.passed, found.signature.state]).toEqual([false, 'invalid']);
    expect(found.signature.problems.join()).toContain(at.second.slice(at.second.indexOf('@') + 1));
    // The signer is not fooled either: the image gets a provenance of its own.
    expect((await attestImage(at.client, at.first, attestOptions(key.signer))).provenance.action).toBe('attached');
    expect((await at.check(at.first, key.publicKey)).passed).toBe(true);
  });

  it.skipIf(skipped)('that were tampered with are no longer valid', async () => {
    const key = makeKey();
    const target = await at.targetOf(at.first);
    const statement = renderProvenance(
      await at.factsOf(at.first),
      { ...attestOptions(undefined).platform, version: '0.9.0' },
      Buffer.from('{}'),
    );
    const bundle = JSON.parse((await key.signer.sign(statement)).toString()) as { dsseEnvelope: { payload: string } };
    const payload = Buffer.from(bundle.dsseEnvelope.payload, 'base64').toString().replace('example.com', 'example.org');
    bundle.dsseEnvelope.payload = Buffer.from(payload).toString('base64');
    await attachArtifact(target, { type: BUNDLE_TYPE, bytes: Buffer.from(JSON.stringify(bundle)), annotations: {} });
    const found = await at.check(at.first, key.publicKey);
    expect([found.passed, found.signature.state]).toEqual([false, 'invalid']);
    expect(found.signature.problems.join()).toMatch(/signature verification failed/);
  });

  it.skipIf(skipped)('name their SBOM: another one in its place is noticed', async () => {
    const key = makeKey();
    const statement = renderProvenance(
      await at.factsOf(at.first),
      { ...attestOptions(undefined).platform, version: '0.9.0' },
      Buffer.from('{}'),
    );
    const target = await at.targetOf(at.first);
    await attachArtifact(target, {
      type: BUNDLE_TYPE,
      bytes: await key.signer.sign(statement),
      annotations: bundleAnnotations(target.facts),
    });
    const other = {
      bomFormat: 'CycloneDX',
      metadata: { component: { hashes: [{ alg: 'SHA-256', content: target.facts.subject.digest.slice(7) }] } },
    };
    await attachArtifact(await at.targetOf(at.first), {
      type: SBOM_TYPE,
      bytes: Buffer.from(JSON.stringify(other)),
      annotations: {},
    });
    const found = await at.check(at.first, key.publicKey);
    expect([found.passed, found.signature.state, found.sbom.state]).toEqual([false, 'valid', 'invalid']);
    expect(found.sbom.problems.join()).toMatch(/not the one the provenance names/);
  });
});

describe('an attestation that is cut off', () => {
  it('is completed by the next run, wherever it ended, and attaches nothing twice', async () => {
    const key = makeKey();
    let refused = Number.POSITIVE_INFINITY;
    let seen = 0;
    const fake = await startFakeRegistry({
      fault: () =>
        seen++ === refused ? { kind: 'answer', answer: { status: 403, body: Buffer.from('{}') } } : undefined,
    });
    const client = testClient();
    try {
      let cutOff = 0;
      for (let at = 0; ; at++) {
        const namespace = `${fake.host}/run-${at}`;
        const [image = ''] = await pushImages(client, models, namespace);
        [seen, refused] = [0, at];
        const run = await attestImage(client, image, attestOptions(key.signer)).catch(() => undefined);
        refused = Number.POSITIVE_INFINITY;
        if (run !== undefined && seen <= at) break;
        if (run === undefined) cutOff++;
        await attestImage(client, image, attestOptions(key.signer));
        const facts = await fetchImageFacts(client, parseReference(image));
        const known = await client.listReferrers(facts.repository, facts.subject.digest);
        expect(known.map(({ artifactType }) => artifactType).sort(), `request ${at}`).toEqual(
          [SBOM_TYPE, BUNDLE_TYPE].sort(),
        );
        expect((await checkAttestations(client, facts, { kind: 'key', key: key.publicKey })).passed).toBe(true);
      }
      expect(cutOff).toBeGreaterThan(5);
    } finally {
      client.close();
      await fake.stop();
    }
  });
});
