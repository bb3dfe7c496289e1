import { describe, expect, it } from 'vitest';
import { computeDigest } from '../../src/oci/digest.ts';
import { parseReference } from '../../src/oci/reference.ts';
import type { Registry } from '../../src/oci/registry.ts';
import { MEDIA_TYPES } from '../../src/oci/types.ts';
import { bytesSource } from '../../src/oci/upload.ts';
import { findRecord } from '../../src/release/record-store.ts';
import { pushBase } from '../lib/push-fixtures.ts';
import { LAYERS, MODELS, setUpPushes, tagsOf } from '../lib/push-setup.ts';
import { cutEverywhere } from '../lib/release-cuts.ts';
import { outrun, plansFor, promote, registryOf, release, rollback, tagState } from '../lib/release-setup.ts';

const { models, start } = setUpPushes();

describe('a promotion', () => {
  /** Attaches something to an image, as bytes whose order of keys nobody would choose again. */
  async function attach(client: Registry, reference: string): Promise<string> {
    const { host, name, digest } = parseReference(reference);
    const blob = bytesSource(Buffer.from(`signature of ${reference}`));
    await client.uploadBlob({ host, name }, blob);
    const empty = bytesSource(Buffer.from('{}'));
    await client.uploadBlob({ host, name }, empty);
    const subject = { mediaType: MEDIA_TYPES.ociManifest, digest: digest!, size: 1 };
    const manifest = {
      subject,
      layers: [{ size: blob.sizeBytes, digest: blob.digest, mediaType: 'text/plain' }],
      config: { mediaType: MEDIA_TYPES.ociEmpty, digest: empty.digest, size: 2 },
      mediaType: MEDIA_TYPES.ociManifest,
      artifactType: 'application/test',
      schemaVersion: 2,
    } as const;
    const bytes = Buffer.from(`${JSON.stringify(manifest, undefined, 1)}\n`);
    await client.putReferrer({ host, name }, manifest, bytes);
    return computeDigest(bytes);
  }

  it.each([{ referrers: true }, { referrers: false }])(
    'carries every byte and referrer along: %j',
    async (behaviour) => {
      const { fake, client } = await start(behaviour);
      const plans = plansFor(models, fake.host, '0.9.0', 1);
      const attached = new Map<string, string>();
      const { record } = await release(client(), registryOf(fake), plans, async (reference) => {
        attached.set(parseReference(reference).digest!, await attach(client(), reference));
      });
      await promote(client(), registryOf(fake), registryOf(fake, 'prod'));
      const [here, there] = [tagState(fake, 'org'), tagState(fake, 'prod')];
      const rename = (tags: Map<string, string>) =>
        new Map([...tags].map(([name, digest]) => [name.replace(/^org/, 'prod'), digest]));
      expect(there).toEqual({ versions: rename(here.versions), floating: rename(here.floating) });
      for (const { repository, digest } of record.images) {
        const known = await client().listReferrers(parseReference(`${registryOf(fake, 'prod')}/${repository}`), digest);
        expect(known.map((one) => one.digest)).toEqual([attached.get(digest)]);
      }
      const promoted = await findRecord(client(), registryOf(fake, 'prod'), '0.9.0');
      expect(promoted).toMatchObject({ release: '0.9.0', promotedFrom: registryOf(fake) });
      expect((await promote(client(), registryOf(fake), registryOf(fake, 'prod'))).isPending).toBe(false);
    },
  );

  it('into another registry moves each layer once, however many images share it', async () => {
    const [there, here] = [await start(), await start()];
    await release(there.client(), registryOf(there.fake), plansFor(models, there.fake.host, '0.9.0', 1));
    here.requests();
    await promote(there.client(), registryOf(there.fake), registryOf(here.fake, 'prod'));
    const made = here.requests();
    const uploads = made.filter((line) => line.startsWith('PUT') && line.includes('/blobs/')).length;
    // The base's layers once, a layer and a configuration of each image, two blobs of the record.
    expect(uploads).toBe(LAYERS + 2 * MODELS + 2);
    expect([...tagsOf(here.fake).values()].every(({ isComplete }) => isComplete)).toBe(true);
  });

  it.each([{ to: undefined }, { to: '0.9.0' }])(
    'does not carry on what was rolled back, unless it is named: $to',
    async ({ to }) => {
      const { fake, client } = await start();
      const prod = registryOf(fake, 'prod');
      for (const [index, tag] of ['0.9.0', '0.9.1', '0.9.2'].entries())
        await release(client(), registryOf(fake), plansFor(models, fake.host, tag, index + 1));
      await rollback(client(), registryOf(fake), to);
      await expect(promote(client(), registryOf(fake), prod)).rejects.toMatchObject({
        code: 'check-failed',
        message: expect.stringContaining('0.9.2') as string,
      });
      expect(tagState(fake, 'prod').versions.size).toBe(0);
      const { record } = await promote(client(), registryOf(fake), prod, { release: '0.9.1' });
      expect(record.release).toBe('0.9.1');
    },
  );

  it.each([{ images: undefined }, { images: ['acme/Model-1'] }])(
    'does not carry on images whose release lost a race: $images',
    async (wanted) => {
      const { fake, client } = await start();
      const prod = registryOf(fake, 'prod');
      await release(client(), registryOf(fake), plansFor(models, fake.host, '0.9.0', 1));
      const slower = outrun(client(), registryOf(fake), { when: 'after', tag: '0.9.0', as: '0.9.1' });
      await expect(release(slower, registryOf(fake), plansFor(models, fake.host, '0.9.1', 2))).rejects.toThrow();
      await expect(
        promote(client(), registryOf(fake), prod, { release: '0.9.1', ...(wanted.images && wanted) }),
      ).rejects.toMatchObject({
        code: 'check-failed',
        message: expect.stringMatching(/aim-acme-model-1:0\.9\.1 names sha256:\w+, not sha256:\w+ as/) as string,
      });
      expect(tagState(fake, 'prod').versions.size).toBe(0);
    },
  );

  it('takes single images ahead, and the whole release later as if nothing had been', async () => {
    const { fake, client } = await start();
    const prod = registryOf(fake, 'prod');
    await release(client(), registryOf(fake), plansFor(models, fake.host, '0.9.0', 1));
    const images = ['acme/Model-1'];
    await promote(client(), registryOf(fake), prod, { images });
    expect([...tagState(fake, 'prod').versions.keys()]).toEqual(['prod/aim-acme-model-1:0.9.0']);
    expect(tagState(fake, 'prod').floating.size).toBe(0);
    expect(await findRecord(client(), prod, '0.9.0')).toBeUndefined();
    expect((await promote(client(), registryOf(fake), prod, { images })).isPending).toBe(false);
    await expect(promote(client(), registryOf(fake), prod, { images: ['acme/None'] })).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('acme/None') as string,
    });
    const { record } = await promote(client(), registryOf(fake), prod);
    expect(record.images.map(({ floating }) => floating.length)).toEqual(record.images.map(() => 2));
    expect(tagState(fake, 'prod').floating.size).toBe(2 * MODELS);
    expect(await findRecord(client(), prod, '0.9.0')).toMatchObject({ release: '0.9.0' });
  });

  it('refuses a release whose name the target has for other images, and registries that make no sense', async () => {
    const { fake, client } = await start();
    const prod = `${fake.host}/prod`;
    await pushBase(client(), `${prod}/aim-base:0.9`, LAYERS);
    const inProd = (tag: string, value: number) =>
      plansFor(models, fake.host, tag, value).map((plan) => ({
        ...plan,
        reference: plan.reference.replace('/org/', '/prod/'),
      }));
    await release(client(), prod, inProd('0.9.7', 9));
    const { floating } = tagState(fake, 'prod');
    await release(client(), registryOf(fake), plansFor(models, fake.host, '0.9.1', 1));
    await expect(promote(client(), registryOf(fake), prod)).rejects.toMatchObject({ code: 'check-failed' });
    expect(tagState(fake, 'prod').floating).toEqual(floating);
    await expect(promote(client(), registryOf(fake), registryOf(fake))).rejects.toMatchObject({ code: 'usage' });
    await expect(promote(client(), registryOf(fake, 'empty'), prod)).rejects.toMatchObject({ code: 'check-failed' });
  });

  it('killed at any request leaves no floating tag of the target too early, and the next run finishes it', async () => {
    const { cuts, final } = await cutEverywhere({
      start,
      options: { referrers: true },
      prepare: async (client, fake) => {
        await release(
          client,
          registryOf(fake),
          plansFor(models, fake.host, '0.9.0', 1).slice(0, 2),
          async (reference) => {
            await attach(client, reference);
          },
        );
      },
      work: (client, fake) => promote(client, registryOf(fake), registryOf(fake, 'prod')),
      check: (fake) => {
        const { floating, versions } = tagState(fake, 'prod');
        if (floating.size > 0) expect(versions.size).toBe(2);
      },
    });
    expect(cuts).toBeGreaterThan(30);
    for (const [index, { floating, versions }] of final.entries()) {
      expect([floating.size, versions.size], String(index)).toEqual([4, 2]);
    }
  }, 120_000);
});
