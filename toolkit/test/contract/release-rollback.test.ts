import { describe, expect, it } from 'vitest';
import type { ReleaseRecord } from '../../src/generated/release-record.js';
import { applyRollback, loadRollbackPlan } from '../../src/release/rollback.ts';
import type { Registry } from '../../src/oci/registry.ts';
import type { FakeRegistry } from '../lib/oci-fake-registry.ts';
import { MODELS, setUpPushes } from '../lib/push-setup.ts';
import { plansFor, portsOf, registryOf, release, rollback, tagState } from '../lib/release-setup.ts';

const { models, start } = setUpPushes();

describe('a rollback', () => {
  const threeReleases = async (fake: FakeRegistry, client: () => Registry) => {
    const made: ReleaseRecord[] = [];
    for (const [index, tag] of ['0.9.0', '0.9.1', '0.9.2'].entries())
      made.push((await release(client(), registryOf(fake), plansFor(models, fake.host, tag, index + 1))).record);
    return made;
  };

  it('moves floating tags to the release before, and does nothing a second time', async () => {
    const { fake, client, requests } = await start();
    const made = await threeReleases(fake, client);
    const plan = await rollback(client(), registryOf(fake));
    expect([plan.undoes, plan.to]).toEqual([['0.9.2'], '0.9.1']);
    const expected = new Set(made[1]!.images.map(({ digest }) => digest));
    expect(new Set(tagState(fake, 'org').floating.values())).toEqual(expected);
    requests();
    const again = await rollback(client(), registryOf(fake));
    expect(again.tags.every(({ action }) => action === 'none')).toBe(true);
    expect(requests().filter((line) => line.startsWith('PUT'))).toEqual([]);
  });

  it('goes back further when told to, and only to what is recorded', async () => {
    const { fake, client } = await start();
    const made = await threeReleases(fake, client);
    const plan = await rollback(client(), registryOf(fake), '0.9.0');
    expect(plan.undoes).toEqual(['0.9.2', '0.9.1']);
    const expected = new Set(made[0]!.images.map(({ digest }) => digest));
    expect(new Set(tagState(fake, 'org').floating.values())).toEqual(expected);
    await expect(rollback(client(), registryOf(fake), '0.8.0')).rejects.toMatchObject({ code: 'usage' });
    await expect(rollback(client(), registryOf(fake), '0.9.2')).rejects.toMatchObject({ code: 'check-failed' });
    await expect(rollback(client(), registryOf(fake, 'none'))).rejects.toMatchObject({ code: 'check-failed' });
  });

  it('of some images leaves the tags of all others where they are', async () => {
    const { fake, client } = await start();
    const made = await threeReleases(fake, client);
    const request = { registry: registryOf(fake), to: undefined, line: undefined, concurrency: 16 };
    const plan = await loadRollbackPlan(portsOf(client()), { ...request, images: ['acme/Model-1'] });
    await applyRollback(portsOf(client()), plan, { concurrency: 16, onMoved: () => undefined });
    const expected = made[2]!.images.flatMap(({ repository, digest, floating }) => {
      const before = made[1]!.images.find((image) => image.repository === repository)!.digest;
      const isBack = repository === 'aim-acme-model-1';
      return floating.map(({ tag }) => [`org/${repository}:${tag}`, isBack ? before : digest]);
    });
    expect([...tagState(fake, 'org').floating].sort()).toEqual(expected.sort());
  });

  it('keeps tags that the first release made, and says so', async () => {
    const { fake, client } = await start();
    await release(client(), registryOf(fake), plansFor(models, fake.host, '0.9.0', 1));
    const before = tagState(fake, 'org');
    const plan = await rollback(client(), registryOf(fake));
    expect(plan.tags).toEqual([]);
    expect(plan.kept).toHaveLength(2 * MODELS);
    expect(tagState(fake, 'org')).toEqual(before);
  });

  it('moves nothing when one of the images is gone', async () => {
    const { fake, client } = await start();
    const [, second] = await threeReleases(fake, client);
    const { repository, digest } = second!.images[3]!;
    fake.store.repositories.get(`org/${repository}`)!.manifests.delete(digest);
    const { floating } = tagState(fake, 'org');
    await expect(rollback(client(), registryOf(fake))).rejects.toMatchObject({
      code: 'check-failed',
      message: expect.stringContaining('no longer there') as string,
    });
    expect(tagState(fake, 'org').floating).toEqual(floating);
  });
});
