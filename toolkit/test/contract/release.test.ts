import { describe, expect, it } from 'vitest';
import { planBaseImage } from '../../src/images/plan.ts';
import type { Registry } from '../../src/oci/registry.ts';
import { renderNotes } from '../../src/release/notes.ts';
import { planImages } from '../../src/release/plan-images.ts';
import { findRecord, recordsRepository } from '../../src/release/record-store.ts';
import { plansOf } from '../lib/push-fixtures.ts';
import { MODELS, PLATFORM, setUpPushes, tagsOf } from '../lib/push-setup.ts';
import { cutEverywhere } from '../lib/release-cuts.ts';
import { outrun, plansFor, registryOf, release, releasePushes, rollback, tagState } from '../lib/release-setup.ts';

const { models, start } = setUpPushes();

describe('a release', () => {
  it('gives each image its version, then the floating tags, and keeps a record of what they named', async () => {
    const { fake, client } = await start();
    const first = await release(client(), registryOf(fake), plansFor(models, fake.host, '0.9.0', 1));
    const second = await release(client(), registryOf(fake), plansFor(models, fake.host, '0.9.1', 2));
    const { versions, floating } = tagState(fake, 'org');
    expect(versions.size).toBe(2 * MODELS);
    for (const image of second.images) {
      const name = `org/${image.repository}`;
      expect(versions.get(`${name}:0.9.1`)).toBe(image.digest);
      expect([floating.get(`${name}:0.9`), floating.get(`${name}:latest`)]).toEqual([image.digest, image.digest]);
    }
    expect(
      [...tagsOf(fake).entries()].filter(([name, { isComplete }]) => !isComplete && !name.includes('aim-base')),
    ).toEqual([]);
    const record = await findRecord(client(), registryOf(fake), '0.9.1');
    expect(record).toEqual(second.record);
    const before = new Map(first.images.map(({ repository, digest }) => [repository, digest]));
    for (const { repository, floating: moves } of record!.images)
      expect(moves.map(({ previousDigest }) => previousDigest)).toEqual([
        before.get(repository),
        before.get(repository),
      ]);
  });

  it('tells what changed since the version before, value by value, the same each time', async () => {
    const { fake, client } = await start();
    await release(client(), registryOf(fake), plansFor(models, fake.host, '0.9.0', 1));
    const { record } = await release(client(), registryOf(fake), plansFor(models, fake.host, '0.9.1', 2));
    expect(record.images[0]?.changes?.profiles).toEqual([
      {
        profile: 'vllm-mi300x-fp16-tp1-latency.yaml',
        change: 'changed',
        values: [{ path: 'env_vars.VLLM_USE_X', change: 'changed', from: '1', to: '2' }],
      },
    ]);
    const notes = renderNotes(record);
    expect(notes).toContain('### acme/Model-0 0.9.1');
    expect(notes).toContain('`env_vars.VLLM_USE_X`: `1` → `2`');
    expect(renderNotes(structuredClone({ ...record, images: record.images.toReversed() }))).toBe(notes);
  });

  it('writes nothing when there is nothing new, and asks no more than a plan does', async () => {
    const { fake, client, requests } = await start();
    await release(client(), registryOf(fake), plansFor(models, fake.host, '0.9.0', 1));
    requests();
    const again = await release(client(), registryOf(fake), plansFor(models, fake.host, '0.9.0', 1));
    expect(again.isPending).toBe(false);
    const made = requests();
    expect(made.filter((line) => !/^(GET|HEAD)/.test(line))).toEqual([]);
    // Version, list of tags and two floating tags of each image; base and record.
    expect(made.length).toBeLessThanOrEqual(4 * MODELS + 5);
  });

  it('leaves the floating tags alone where a newer version has them', async () => {
    const { fake, client } = await start();
    await release(client(), registryOf(fake), plansFor(models, fake.host, '0.9.5', 1));
    const { floating } = tagState(fake, 'org');
    await release(client(), registryOf(fake), plansFor(models, fake.host, '0.9.4', 2));
    expect(tagState(fake, 'org').floating).toEqual(floating);
    expect(tagState(fake, 'org').versions.size).toBe(2 * MODELS);
  });

  it('stops where a version has other content already, before any floating tag', async () => {
    const { fake, client } = await start();
    await release(client(), registryOf(fake), plansFor(models, fake.host, '0.9.0', 1));
    const { floating } = tagState(fake, 'org');
    await expect(release(client(), registryOf(fake), plansFor(models, fake.host, '0.9.0', 2))).rejects.toMatchObject({
      code: 'check-failed',
      message: expect.stringMatching(/aim-acme-model-\d:0\.9\.0 names sha256:\w+ already/) as string,
    });
    expect(tagState(fake, 'org').floating).toEqual(floating);
  });

  it.each(['before', 'after'] as const)(
    'that loses a race %s its record is stored moves no floating tag, and leaves a record only where it has to',
    async (when) => {
      const { fake, client } = await start();
      await release(client(), registryOf(fake), plansFor(models, fake.host, '0.9.0', 1));
      const { floating } = tagState(fake, 'org');
      const slower = outrun(client(), registryOf(fake), { when, tag: '0.9.0', as: '0.9.1' });
      const lost = release(slower, registryOf(fake), plansFor(models, fake.host, '0.9.1', 2));
      await expect(lost).rejects.toMatchObject({
        code: 'check-failed',
        message: expect.stringMatching(/aim-acme-model-1:0\.9\.1 names sha256:\w+ already/) as string,
      });
      expect(tagState(fake, 'org').floating).toEqual(floating);
      const records = await client().listTags(recordsRepository(registryOf(fake)));
      expect(records).toEqual(when === 'before' ? ['0.9.0'] : ['0.9.0', '0.9.1']);
    },
  );

  it('writes no version before its record is there to be read', async () => {
    const { fake, client } = await start();
    const forgetful: Registry = {
      ...client(),
      putManifest: async (repository, tag, manifest) =>
        repository.name.endsWith('/aim-releases')
          ? { outcome: 'stored', digest: '', handlesSubject: false }
          : client().putManifest(repository, tag, manifest),
    };
    await expect(release(forgetful, registryOf(fake), plansFor(models, fake.host, '0.9.0', 1))).rejects.toMatchObject({
      code: 'remote',
      message: expect.stringContaining('does not show it') as string,
    });
    expect(tagState(fake, 'org')).toEqual({ versions: new Map(), floating: new Map() });
  });

  it('moves no tag when an attestation fails', async () => {
    const { fake, client } = await start();
    const attest = (reference: string) =>
      reference.includes('model-2') ? Promise.reject(new Error('no certificate')) : Promise.resolve();
    const plans = plansFor(models, fake.host, '0.9.0', 1);
    await expect(release(client(), registryOf(fake), plans, attest)).rejects.toThrow('no certificate');
    expect(tagState(fake, 'org')).toEqual({ versions: new Map(), floating: new Map() });
  });
});

describe('a release of the base image too', () => {
  it('plans models on a base that is yet to be pushed, and pushes it before them', async () => {
    const { fake, client } = await start();
    const registry = `${fake.host}/new`;
    const base = planBaseImage({
      ...{ version: '0.9.0', base: `${fake.host}/org/aim-base:0.9`, layoutVersion: '1', metadata: {}, schemas: [] },
      naming: { registry, tag: undefined, scheme: 'semver' },
      stamp: { createdAt: 1_750_000_000, revision: 'a'.repeat(40) },
      runtime: models.profileOf(0),
      generalProfiles: [],
    });
    const pushes = await planImages(client(), {
      rules: { line: { major: 0, minor: 9 }, stage: 'official', scheme: 'semver' },
      platform: PLATFORM,
      base,
      models: (reference) => plansOf(models, { base: reference!, registry }),
      taken: new Set(),
      concurrency: 4,
    });
    expect(pushes[0]?.target.text).toBe(`${registry}/aim-base:0.9`);
    const { record } = await releasePushes(client(), registry, pushes);
    const [released, ...others] = record.images;
    expect(released).toMatchObject({ kind: 'base', repository: 'aim-base', tag: '0.9' });
    expect(released!.floating.map(({ tag }) => tag)).toEqual(['latest']);
    expect(others.map((image) => image.base.digest)).toEqual(others.map(() => released!.digest));
    expect([...tagsOf(fake).values()].every(({ isComplete }) => isComplete)).toBe(true);
  });
});

describe('a release that is killed', () => {
  it('at any request leaves no floating tag on an unfinished release, and the next run finishes it', async () => {
    let before: ReturnType<typeof tagState> | undefined;
    const { cuts, final, reruns, full } = await cutEverywhere({
      start,
      options: {},
      prepare: async (client, fake) => {
        await release(client, registryOf(fake), plansFor(models, fake.host, '0.9.0', 1).slice(0, 2));
        before = tagState(fake, 'org');
      },
      work: (client, fake) => release(client, registryOf(fake), plansFor(models, fake.host, '0.9.1', 2).slice(0, 2)),
      check: (fake) => {
        const now = tagState(fake, 'org');
        const moved = [...now.floating].some(([name, digest]) => before?.floating.get(name) !== digest);
        const written = [...now.versions.keys()].filter((name) => name.endsWith(':0.9.1')).length;
        if (moved) expect(written).toBe(2);
      },
    });
    expect(cuts).toBeGreaterThan(30);
    // Ports differ, and with them the base's name inside the images: what is compared is which version each tag names.
    for (const { floating, versions } of final.filter((_, index) => index % 2 === 0)) {
      expect([versions.size, floating.size]).toEqual([4, 4]);
      for (const [name, digest] of floating) expect(digest).toBe(versions.get(name.replace(/:[^:]*$/, ':0.9.1')));
    }
    // What was done is recognised: no rerun costs more than the whole, and the last ones a fraction of it.
    expect(Math.max(...reruns)).toBeLessThanOrEqual(full + 8);
    expect(reruns.at(-1)!).toBeLessThan(full / 3);
  }, 120_000);

  it('and its record still says what the floating tags named before the first run', async () => {
    const { fake, client } = await start();
    const first = await release(client(), registryOf(fake), plansFor(models, fake.host, '0.9.0', 1));
    let puts = 0;
    const controller = new AbortController();
    const killed = client(controller.signal);
    const dying: Registry = {
      ...killed,
      putManifest: (repository, tag, manifest) => {
        if (tag === 'latest' && (puts += 1) === 2) controller.abort(new Error('killed'));
        return killed.putManifest(repository, tag, manifest);
      },
    };
    const plans = plansFor(models, fake.host, '0.9.1', 2);
    await expect(release(dying, registryOf(fake), plans)).rejects.toThrow();
    const second = await release(client(), registryOf(fake), plans);
    expect(second.isResumed).toBe(true);
    const digests = new Map<string, string>(first.images.map(({ repository, digest }) => [repository, digest]));
    for (const { repository, floating, changes } of second.record.images) {
      expect(changes?.since).toBe('0.9.0');
      for (const { previousDigest } of floating) expect(previousDigest).toBe(digests.get(repository));
    }
    await rollback(client(), registryOf(fake));
    for (const [name, digest] of tagState(fake, 'org').floating)
      expect(digest).toBe(digests.get(name.replace(/^org\/|:.*$/g, '')));
  });
});
