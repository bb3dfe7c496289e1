import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { keepVersions } from '../../src/images/keep-versions.ts';
import type { ImagePlan } from '../../src/images/plan.ts';
import { createRegistryBuilder, type RegistryBuilder } from '../../src/images/registry-builder.ts';
import type { Registry } from '../../src/oci/registry.ts';
import { createFileLock } from '../../src/versions/file-lock.ts';
import type { TagLock } from '../../src/versions/lock.ts';
import { shareTagLock } from '../../src/versions/shared-lock.ts';
import { QUIET } from '../lib/push-fixtures.ts';
import { PLATFORM, setUpPushes, tagsOf } from '../lib/push-setup.ts';
import { plansFor } from '../lib/release-setup.ts';

const { models, start } = setUpPushes();
const scratch = mkdtempSync(join(tmpdir(), 'aimctl-keep-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const FILES = createFileLock({ folder: scratch });

function builderOf(registry: Registry, files: TagLock = FILES): RegistryBuilder {
  const lock = shareTagLock(files, { signal: new AbortController().signal, onNotice: () => undefined });
  return keepVersions(createRegistryBuilder(registry, { platform: PLATFORM, allowBaseUpload: false, lock }));
}

describe('a push under a tag that was named', () => {
  it.each([
    { tag: '0.9.2', isKept: true },
    { tag: '0.9.2-rc1', isKept: true },
    { tag: 'test-1', isKept: false },
  ])('$tag: other content is refused: $isKept', async ({ tag, isKept }) => {
    const { fake, client } = await start();
    const builder = builderOf(client());
    const push = async (value: number) => builder.build(plansFor(models, fake.host, tag, value)[0]!, QUIET);
    const { digest } = await push(1);
    expect(await push(1)).toMatchObject({ action: 'unchanged', digest });
    const before = [...tagsOf(fake)];
    const second = push(2);
    if (isKept) {
      await expect(second).rejects.toMatchObject({
        code: 'check-failed',
        message: expect.stringContaining(`${tag} is another image already: ${digest!}`) as string,
      });
      expect([...tagsOf(fake)]).toEqual(before);
    } else expect(await second).toMatchObject({ action: 'pushed' });
  });

  it.each(['latest', '0.9'])('%s: never, as it names the newest release', async (tag) => {
    const { fake, client } = await start();
    const builder = builderOf(client());
    const push = async (named: string, value: number) =>
      builder.build(plansFor(models, fake.host, named, value)[0]!, QUIET);
    const refused = { code: 'check-failed', hint: expect.stringContaining('aimctl tag') as string };
    await expect(push(tag, 1)).rejects.toMatchObject(refused);
    expect([...tagsOf(fake).keys()]).toEqual(['org/aim-base:0.9']);
    const { digest } = await push('0.9.0', 1);
    const { tags } = fake.store.repositories.get('org/aim-acme-model-0')!;
    tags.set(tag, digest!);
    await expect(push(tag, 2)).rejects.toMatchObject(refused);
    expect(tags.get(tag)).toBe(digest);
  });

  it('MAJOR.MINOR: is a version of base images', async () => {
    const { fake, client } = await start();
    const [model] = plansFor(models, fake.host, '0.10', 1);
    const base: ImagePlan = { ...model!, kind: 'base', reference: `${fake.host}/org/aim-base:0.10` };
    expect(await builderOf(client()).build(base, QUIET)).toMatchObject({ action: 'pushed' });
  });
});

describe('a version that was named, and that another run gives meanwhile', () => {
  const setUp = async () => {
    const { fake, client } = await start();
    const [mine, theirs] = [1, 2].map((value) => async (files?: TagLock) => {
      const builder = builderOf(client(), files);
      const planned = await builder.plan(plansFor(models, fake.host, '0.9.4', value)[0]!);
      return () => builder.apply(planned, QUIET);
    });
    const tagged = () => fake.store.repositories.get('org/aim-acme-model-0')?.tags.get('0.9.4');
    return { fake, mine: mine!, theirs: theirs!, tagged };
  };

  it('is refused', async () => {
    const { mine, theirs, tagged } = await setUp();
    const apply = await mine();
    const { digest } = await (await theirs())();
    await expect(apply()).rejects.toMatchObject({
      code: 'check-failed',
      message: expect.stringContaining('aim-acme-model-0:0.9.4 was given to another image meanwhile') as string,
    });
    expect(tagged()).toBe(digest);
  });

  it('is had by one of two that write at the same moment', async () => {
    const { mine, theirs, tagged } = await setUp();
    const applies = [await mine(), await theirs()];
    const ended = await Promise.allSettled(applies.map((apply) => apply()));
    const won = ended.flatMap((one) => (one.status === 'fulfilled' ? [one.value.digest] : []));
    expect(won).toEqual([tagged()]);
  });

  it('counts also where only the lock tells of it', async () => {
    const { fake, mine, tagged } = await setUp();
    const written = new Map([[`${fake.host}/org/aim-acme-model-0:0.9.4`, 'sha256:other']]);
    const files: TagLock = { acquire: async (...all) => ({ ...(await FILES.acquire(...all)), written }) };
    await expect((await mine(files))()).rejects.toMatchObject({ code: 'check-failed' });
    expect(tagged()).toBeUndefined();
  });

  it('is success when it is the same image', async () => {
    const { mine } = await setUp();
    const [first, second] = [await mine(), await mine()];
    expect(await first()).toMatchObject({ action: 'pushed' });
    expect(await second()).toMatchObject({ action: 'unchanged' });
  });

  it('costs two requests more than another tag', async () => {
    const { fake, client, requests } = await start();
    const push = async (tag: string, value: number) => {
      requests();
      await builderOf(client()).build(plansFor(models, fake.host, tag, value)[0]!, QUIET);
      return requests().length;
    };
    await push('0.9.0', 1);
    expect(await push('0.9.1', 2)).toBe((await push('test-1', 3)) + 2);
  });
});
