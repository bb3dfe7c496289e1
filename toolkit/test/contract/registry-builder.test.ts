import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createBaseExplainer } from '../../src/images/explain-base.ts';
import { planPushes } from '../../src/images/plan-pushes.ts';
import { planBaseImage, type ImagePlan } from '../../src/images/plan.ts';
import { createRegistryBuilder } from '../../src/images/registry-builder.ts';
import type { Registry } from '../../src/oci/registry.ts';
import type { FakeRegistry } from '../lib/oci-fake-registry.ts';
import { problem } from '../lib/oci-fake-store.ts';
import { plansOf, renderProfile } from '../lib/push-fixtures.ts';
import { LAYERS, MODELS, PLATFORM, push, setUpPushes, tagsOf } from '../lib/push-setup.ts';

const { models, start } = setUpPushes();

describe('pushing to a registry', () => {
  it('mounts the base into new repositories and stays within its requests', async () => {
    const { fake, plans, client, requests } = await start();
    const results = await push(client(), plans);
    const made = requests();
    expect(made.length).toBeLessThanOrEqual(MODELS * (LAYERS + 7) + 2);
    expect(made.filter((line) => line.includes('org/aim-base/'))).toHaveLength(2);
    expect(results.map(({ action }) => action)).toEqual(plans.map(() => 'pushed'));
    expect(Math.max(...results.map(({ movedBytes }) => movedBytes))).toBeLessThan(20_000);
    const tags = tagsOf(fake);
    for (const { reference, digest } of results) {
      const name = reference.slice(fake.host.length + 1);
      expect(tags.get(name)).toEqual({ digest, isComplete: true });
    }
  });

  it('asks once for each image that is up to date, whatever commit and time it is now', async () => {
    const { fake, plans, client, requests } = await start();
    const first = await push(client(), plans);
    requests();
    const later = plansOf(models, {
      base: plans[0]!.base,
      registry: `${fake.host}/org`,
      createdAt: 1_760_000_000,
      revision: 'b'.repeat(40),
    });
    const second = await push(client(), later);
    expect(requests()).toHaveLength(MODELS + 2);
    expect(second.map(({ action, movedBytes }) => [action, movedBytes])).toEqual(plans.map(() => ['unchanged', 0]));
    expect(second.map(({ digest, id }) => [digest, id])).toEqual(first.map(({ digest, id }) => [digest, id]));
  });

  it('needs six requests for an image whose profiles changed, none of them for a layer of the base', async () => {
    const { plans, client, requests } = await start();
    await push(client(), plans);
    requests();
    for (let index = 0; index < MODELS; index++) writeFileSync(models.profileOf(index), renderProfile(index, 2));
    await push(client(), plans);
    const made = requests();
    expect(made.length).toBeLessThanOrEqual(6 * MODELS + 2);
    expect(made.filter((line) => line.startsWith('HEAD') || line.includes('mount='))).toEqual([]);
  });

  it('finds the layers of the base under another tag of the repository', async () => {
    const { fake, plans, client, requests } = await start();
    await push(client(), plans);
    requests();
    const next = plansOf(models, { base: plans[0]!.base, registry: `${fake.host}/org`, tag: '0.9.1' });
    await push(client(), next);
    expect(requests().filter((line) => line.includes('mount='))).toEqual([]);
    expect([...tagsOf(fake).values()].every(({ isComplete }) => isComplete)).toBe(true);
  });

  it('provides layers again that the registry has lost', async () => {
    const { fake, plans, client } = await start();
    await push(client(), plans);
    for (const [name, repository] of fake.store.repositories)
      if (name !== 'org/aim-base') for (const digest of [...repository.blobs]) repository.blobs.delete(digest);
    for (let index = 0; index < MODELS; index++) writeFileSync(models.profileOf(index), renderProfile(index, 3));
    await push(client(), plans);
    expect([...tagsOf(fake).values()].every(({ isComplete }) => isComplete)).toBe(true);
  });

  it('does so too when the registry does not say which ones', async () => {
    const taken = new Set<string>();
    let hasLost = false;
    const { fake, plans, client } = await start({
      intercept: ({ method, url: { pathname } }) => {
        const isRefused = hasLost && method === 'PUT' && pathname.includes('/manifests/') && !taken.has(pathname);
        if (isRefused) taken.add(pathname);
        return isRefused ? { status: 404, body: 'unknown blob' } : undefined;
      },
    });
    await push(client(), plans);
    for (const [name, repository] of fake.store.repositories) if (name !== 'org/aim-base') repository.blobs.clear();
    hasLost = true;
    for (let index = 0; index < MODELS; index++) writeFileSync(models.profileOf(index), renderProfile(index, 3));
    await push(client(), plans);
    expect(taken.size).toBe(MODELS);
    expect([...tagsOf(fake).values()].every(({ isComplete }) => isComplete)).toBe(true);
  });

  it('gives the same digests from any machine: only inputs count', async () => {
    const [one, two] = [await start(), await start()];
    const registry = 'localhost/org';
    const rename = (plans: ImagePlan[], host: string) =>
      plans.map((plan) => ({ ...plan, reference: plan.reference.replace(registry, `${host}/org`) }));
    const made = await Promise.all(
      [one, two].map(async ({ fake, client }) => {
        const base = `${fake.host}/org/aim-base:0.9`;
        const plans = rename(plansOf(models, { base: 'localhost/org/aim-base:0.9', registry }), fake.host);
        const fetched = plans.map((plan) => ({ ...plan, base }));
        return push(client(), fetched);
      }),
    );
    expect(made[0]!.map(({ digest }) => digest)).toEqual(made[1]!.map(({ digest }) => digest));
  });
});

describe('what a registry refuses', () => {
  it('stops before the first byte of the base where nothing is mounted, and names the cure', async () => {
    const { fake, plans, client, requests } = await start({ mounts: false });
    await expect(push(client(), plans.slice(0, 1))).rejects.toMatchObject({
      code: 'remote',
      message: expect.stringMatching(/does not mount layers of .*aim-base.* would upload \d+ bytes/) as string,
      hint: expect.stringMatching(/scope "pull".*--allow-base-upload/) as string,
    });
    const made = requests();
    expect(made.filter((line) => line.includes('mount='))).toHaveLength(1);
    expect(fake.log.slice(-made.length).every(({ bodyBytes }) => bodyBytes === 0)).toBe(true);
    expect(fake.store.uploads.size).toBe(0);
    const results = await push(client(), plans.slice(0, 1), true);
    expect(results[0]?.movedBytes).toBeGreaterThan(1_000);
    expect([...tagsOf(fake).values()].every(({ isComplete }) => isComplete)).toBe(true);
  });

  it('does not move a base from another registry unless it may', async () => {
    const [there, here] = [await start(), await start()];
    const plans = plansOf(models, { base: there.plans[0]!.base, registry: `${here.fake.host}/org` }).slice(0, 1);
    here.requests();
    await expect(push(here.client(), plans)).rejects.toMatchObject({
      code: 'remote',
      hint: expect.stringContaining('one registry') as string,
    });
    expect(here.requests().filter((line) => !line.startsWith('GET'))).toEqual([]);
    await push(here.client(), plans, true);
    expect([...tagsOf(here.fake).values()].every(({ isComplete }) => isComplete)).toBe(true);
    for (const { blobs } of here.fake.store.repositories.values()) blobs.clear();
    writeFileSync(models.profileOf(0), renderProfile(0, 2));
    const lost = push(here.client(), plans);
    await expect(lost).rejects.toMatchObject({ hint: expect.stringContaining('--allow-base-upload') as string });
  });

  it('stops a model whose own files are too large', async () => {
    const { plans, client, requests } = await start();
    writeFileSync(models.profileOf(0), `# ${'x'.repeat(1_100_000)}\n${renderProfile(0, 1)}`);
    await expect(push(client(), plans.slice(0, 1))).rejects.toMatchObject({ code: 'check-failed' });
    expect(requests().filter((line) => !line.startsWith('GET'))).toEqual([]);
  });

  it('does the others when one repository is denied, and says which failed', async () => {
    const denied = problem(403, 'DENIED', 'requested access to the resource is denied');
    const { fake, plans, client } = await start({
      intercept: ({ method, url }) =>
        method === 'POST' && url.pathname.includes('org/aim-acme-model-2/') ? denied : undefined,
    });
    await expect(push(client(), plans)).rejects.toMatchObject({
      message: `1 of ${MODELS} images could not be built`,
      details: [expect.stringMatching(/aim-acme-model-2.*requested access to the resource is denied/) as string],
    });
    expect([...tagsOf(fake).keys()].filter((name) => name !== 'org/aim-base:0.9')).toEqual(
      [0, 1, 3].map((index) => `org/aim-acme-model-${index}:0.9.0`),
    );
  });

  it('reports a base that is not there once, for all images', async () => {
    const { fake, client } = await start();
    const plans = plansOf(models, { base: `${fake.host}/org/none:1`, registry: `${fake.host}/org` });
    const failed: unknown = await push(client(), plans).catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: 'remote', message: expect.stringContaining('org/none:1') as string });
    expect((failed as { details: string[] }).details).toEqual([]);
  });
});

describe('plans', () => {
  const planned = (registry: Registry, plans: readonly ImagePlan[]) =>
    planPushes(createRegistryBuilder(registry, { platform: PLATFORM, allowBaseUpload: false }), plans, {
      concurrency: 8,
      explain: createBaseExplainer(registry),
    });

  it('show what a push then does, to the byte', async () => {
    const { plans, client, requests } = await start();
    const before = await planned(client(), plans);
    expect(before.map(({ state, mountLayers }) => [state, mountLayers])).toEqual(plans.map(() => ['new', LAYERS]));
    requests();
    const results = await push(client(), plans);
    expect(results.map(({ digest, movedBytes }) => [digest, movedBytes])).toEqual(
      before.map(({ digest, uploadBytes }) => [digest, uploadBytes]),
    );
    writeFileSync(models.profileOf(1), renderProfile(1, 9));
    requests();
    const after = await planned(client(), plans);
    expect(requests()).toHaveLength(MODELS + 2);
    expect(after.map(({ state }) => state)).toEqual(['up-to-date', 'changed', 'up-to-date', 'up-to-date']);
    expect(after[1]?.changes).toEqual([{ part: 'profiles', details: ['changed vllm-mi300x-fp16-tp1-latency.yaml'] }]);
  });

  it('say what changed in the base, for one request more', async () => {
    const { fake, client, requests } = await start();
    const base = `${fake.host}/org/own-base:1`;
    const runtime = `${models.folder}/aim-runtime`;
    const pushBaseWith = async (text: string) => {
      writeFileSync(runtime, text);
      const plan = planBaseImage({
        version: '0.9.0',
        base: `${fake.host}/org/aim-base:0.9`,
        naming: { registry: undefined, tag: undefined, scheme: 'semver' },
        stamp: { createdAt: 1, revision: 'a'.repeat(40) },
        layoutVersion: '1',
        metadata: {},
        runtime,
        generalProfiles: [],
        schemas: [],
      });
      await push(client(), [{ ...plan, reference: base }]);
    };
    const plans = plansOf(models, { base, registry: `${fake.host}/org` });
    await pushBaseWith('one');
    await push(client(), plans);
    await pushBaseWith('two');
    requests();
    const shown = await planned(client(), plans);
    expect(requests()).toHaveLength(MODELS + 2 + 1);
    for (const { state, changes } of shown) {
      expect(state).toBe('changed');
      expect(changes).toMatchObject([
        {
          part: 'base',
          details: [expect.stringMatching(/^sha256:.* -> sha256:/) as string, 'runtime changed aim-runtime'],
        },
      ]);
    }
  });

  it('tell a problem of one repository beside the others', async () => {
    const denied = problem(403, 'DENIED', 'no');
    const { plans, client } = await start({
      intercept: ({ method, url }) =>
        method === 'GET' && url.pathname.includes('org/aim-acme-model-2/') ? denied : undefined,
    });
    const shown = await planned(client(), plans);
    expect(shown.map(({ state }) => state)).toEqual(['new', 'new', 'failed', 'new']);
    expect(shown[2]?.problem).toMatchObject({ message: expect.stringContaining('DENIED') as string });
  });
});

describe('interrupted at any request', () => {
  it('leaves no tag on an incomplete image, and the next run ends as if nothing had happened', async () => {
    const whole = await start();
    await push(whole.client(), whole.plans.slice(0, 2));
    const names = (fake: FakeRegistry) => [...tagsOf(fake)].map(([name, { isComplete }]) => [name, isComplete]);
    const total = whole.requests().length;
    expect(total).toBeGreaterThan(30);
    for (let stopAt = 0; stopAt < total; stopAt += 1) {
      let armed = -1;
      let kill: () => void = () => undefined;
      const { fake, plans, client } = await start({
        fault: ({ index }) => {
          if (armed < 0 || index < armed) return undefined;
          kill();
          return { kind: 'lose-answer' };
        },
      });
      const controller = new AbortController();
      kill = () => controller.abort(new Error('killed'));
      armed = fake.log.length + stopAt;
      await push(client(controller.signal), plans.slice(0, 2)).catch(() => undefined);
      expect([...tagsOf(fake).values()].every(({ isComplete }) => isComplete)).toBe(true);
      armed = -1;
      const results = await push(client(), plans.slice(0, 2));
      const digests = new Map(results.map(({ reference, digest }) => [reference.slice(fake.host.length + 1), digest]));
      for (const [name, digest] of digests) expect(tagsOf(fake).get(name)?.digest).toBe(digest);
      expect(names(fake).sort()).toEqual(names(whole.fake).sort());
    }
  });
});
