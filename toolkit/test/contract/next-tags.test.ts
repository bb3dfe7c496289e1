import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { BuildResult } from '../../src/images/builder.ts';
import type { TagRules } from '../../src/images/next-push.ts';
import type { ImagePlan } from '../../src/images/plan.ts';
import { createRegistryBuilder, type RegistryBuilder } from '../../src/images/registry-builder.ts';
import type { Registry } from '../../src/oci/registry.ts';
import { createFileLock } from '../../src/versions/file-lock.ts';
import type { TagLock } from '../../src/versions/lock.ts';
import { shareTagLock } from '../../src/versions/shared-lock.ts';
import type { FakeRegistry } from '../lib/oci-fake-registry.ts';
import { plansOf, QUIET, renderProfile } from '../lib/push-fixtures.ts';
import { LAYERS, MODELS, PLATFORM, setUpPushes, tagsOf } from '../lib/push-setup.ts';

const { models, start } = setUpPushes();
const scratch = mkdtempSync(join(tmpdir(), 'aimctl-next-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const FILES = createFileLock({ folder: scratch });
const RULES: TagRules = { line: { major: 0, minor: 9 }, stage: 'official', scheme: 'semver' };

function builderOf(registry: Registry, rules: TagRules, files: TagLock = FILES): RegistryBuilder {
  const lock = shareTagLock(files, { signal: new AbortController().signal, onNotice: () => undefined });
  return createRegistryBuilder(registry, { platform: PLATFORM, allowBaseUpload: false, tags: { ...rules, lock } });
}

const buildAll = (builder: RegistryBuilder, plans: readonly ImagePlan[]): Promise<BuildResult[]> =>
  Promise.all(plans.map((plan) => builder.build(plan, QUIET)));
const tagOf = ({ reference }: { reference: string }) => reference.slice(reference.lastIndexOf(':') + 1);
const change = (value: number) => {
  for (let index = 0; index < MODELS; index++) writeFileSync(models.profileOf(index), renderProfile(index, value));
};
const modelTags = (fake: FakeRegistry, index: number) =>
  [...(fake.store.repositories.get(`org/aim-acme-model-${index}`)?.tags.keys() ?? [])].sort();

describe('pushing under the next tag', () => {
  it('begins with .0, keeps a tag whose content is unchanged, and takes the next patch for other content', async () => {
    const { fake, plans, client } = await start();
    const push = async () => (await buildAll(builderOf(client(), RULES), plans)).map(tagOf);
    expect(await push()).toEqual(plans.map(() => '0.9.0'));
    expect(await push()).toEqual(plans.map(() => '0.9.0'));
    writeFileSync(models.profileOf(0), renderProfile(0, 2));
    expect(await push()).toEqual(['0.9.1', '0.9.0', '0.9.0', '0.9.0']);
    expect(await push()).toEqual(['0.9.1', '0.9.0', '0.9.0', '0.9.0']);
    writeFileSync(models.profileOf(0), renderProfile(0, 3));
    expect(await push()).toEqual(['0.9.2', '0.9.0', '0.9.0', '0.9.0']);
    expect(modelTags(fake, 0)).toEqual(['0.9.0', '0.9.1', '0.9.2']);
    expect([...tagsOf(fake).values()].every(({ isComplete }) => isComplete)).toBe(true);
  });

  it('takes the next patch for content that goes back to that of an older version', async () => {
    const { fake, plans, client } = await start();
    const push = async () => (await buildAll(builderOf(client(), RULES), plans)).map(tagOf);
    for (const [value, tag] of [
      [1, '0.9.0'],
      [2, '0.9.1'],
      [1, '0.9.2'],
    ] as const) {
      writeFileSync(models.profileOf(0), renderProfile(0, value));
      expect(await push()).toEqual([tag, '0.9.0', '0.9.0', '0.9.0']);
    }
    expect(modelTags(fake, 0)).toEqual(['0.9.0', '0.9.1', '0.9.2']);
  });

  it('numbers release candidates and previews per image, and leaves released content alone', async () => {
    const { fake, plans, client } = await start();
    const push = async (stage: TagRules['stage']) =>
      (await buildAll(builderOf(client(), { ...RULES, stage }), plans)).map(tagOf);
    expect(await push('rc')).toEqual(plans.map(() => '0.9.0-rc1'));
    expect(await push('rc')).toEqual(plans.map(() => '0.9.0-rc1'));
    writeFileSync(models.profileOf(1), renderProfile(1, 2));
    expect(await push('rc')).toEqual(['0.9.0-rc1', '0.9.0-rc2', '0.9.0-rc1', '0.9.0-rc1']);
    expect(await push('official')).toEqual(plans.map(() => '0.9.0'));
    expect(await push('rc')).toEqual(plans.map(() => '0.9.0'));
    writeFileSync(models.profileOf(1), renderProfile(1, 3));
    expect((await push('preview'))[1]).toBe('0.9.1-preview');
    writeFileSync(models.profileOf(1), renderProfile(1, 4));
    expect((await push('preview'))[1]).toBe('0.9.1-preview.2');
    expect(modelTags(fake, 1)).toEqual(['0.9.0', '0.9.0-rc1', '0.9.0-rc2', '0.9.1-preview', '0.9.1-preview.2']);
  });

  it('has one dated tag a day for equal content, and .2 for other content', async () => {
    const { fake, client } = await start();
    const base = `${fake.host}/org/aim-base:0.9`;
    const dated: TagRules = { ...RULES, scheme: 'dated' };
    const plans = () => plansOf(models, { base, registry: `${fake.host}/org`, scheme: 'dated' });
    const push = async (rules: TagRules) =>
      (await buildAll(builderOf(client(), rules), plans().slice(0, 2))).map(tagOf);
    expect(await push(dated)).toEqual(['0.9-acme-model-0-v20250615', '0.9-acme-model-1-v20250615']);
    writeFileSync(models.profileOf(0), renderProfile(0, 2));
    const after = ['0.9-acme-model-0-v20250615.2', '0.9-acme-model-1-v20250615'];
    expect(await push(dated)).toEqual(after);
    expect(await push(dated)).toEqual(after);
  });
});

describe('requests', () => {
  it('at most two for each image while planning, whatever has changed', async () => {
    const { fake, plans, client, requests } = await start();
    await buildAll(builderOf(client(), RULES), plans);
    change(2);
    await buildAll(builderOf(client(), RULES), plans.slice(0, 2));
    for (const [name, { tags }] of fake.store.repositories)
      for (let index = 0; index < 200 && name !== 'org/aim-base'; index++)
        tags.set(`junk-${index}`, [...tags.values()][0]!);
    for (const stage of ['official', 'rc', 'preview'] as const) {
      requests();
      const builder = builderOf(client(), { ...RULES, stage });
      await Promise.all(plans.map((plan) => builder.plan(plan)));
      expect(requests().length).toBeLessThanOrEqual(2 * MODELS + 2);
    }
  });

  it('three more than under a given tag for each image that is written', async () => {
    const { plans, client, requests } = await start();
    await buildAll(builderOf(client(), RULES), plans);
    requests();
    change(2);
    await buildAll(builderOf(client(), RULES), plans);
    const made = requests();
    expect(made.length).toBeLessThanOrEqual(9 * MODELS + 2);
    expect(made.filter((line) => line.includes('mount='))).toEqual([]);
    expect(LAYERS).toBeGreaterThan(9);
  });
});

describe('tags that others write', () => {
  it('are planned around when they appear between plan and push', async () => {
    const { fake, plans, client } = await start();
    const [plan] = plans as [ImagePlan];
    await builderOf(client(), RULES).build(plan, QUIET);
    writeFileSync(models.profileOf(0), renderProfile(0, 2));
    const builder = builderOf(client(), RULES);
    const planned = await builder.plan(plan);
    expect(planned.target.tag).toBe('0.9.1');
    writeFileSync(models.profileOf(0), renderProfile(0, 3));
    await builderOf(client(), RULES).build(plan, QUIET);
    const result = await builder.apply(planned, QUIET);
    expect(tagOf(result)).toBe('0.9.2');
    expect(modelTags(fake, 0)).toEqual(['0.9.0', '0.9.1', '0.9.2']);
    const digests = new Set(
      [...tagsOf(fake)].filter(([name]) => name.includes('model-0')).map(([, one]) => one.digest),
    );
    expect(digests.size).toBe(3);
  });

  it('and that the registry does not list yet count, when the lock tells of them', async () => {
    const { fake, plans, client } = await start();
    const [plan] = plans as [ImagePlan];
    const written = new Map([[`${fake.host}/org/aim-acme-model-0:0.9.0`, 'sha256:other']]);
    const files: TagLock = { acquire: async (...all) => ({ ...(await FILES.acquire(...all)), written }) };
    expect(tagOf(await builderOf(client(), RULES, files).build(plan, QUIET))).toBe('0.9.1');
  });

  it('with the same bytes are success', async () => {
    const { fake, plans, client } = await start();
    const [plan] = plans as [ImagePlan];
    const builders = [client(), client()].map((one) => builderOf(one, RULES));
    const planned = await Promise.all(builders.map((builder) => builder.plan(plan)));
    const results = await Promise.all(builders.map((builder, index) => builder.apply(planned[index]!, QUIET)));
    expect(results.map(({ action }) => action).sort()).toEqual(['pushed', 'unchanged']);
    expect(new Set(results.map(({ digest }) => digest)).size).toBe(1);
    expect(modelTags(fake, 0)).toEqual(['0.9.0']);
  });
});
