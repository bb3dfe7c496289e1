import { writeFileSync } from 'node:fs';
import type { ImagePlan } from '../../src/images/plan.ts';
import type { PushPlan } from '../../src/images/push-plan.ts';
import { createRegistryBuilder } from '../../src/images/registry-builder.ts';
import { parseReference } from '../../src/oci/reference.ts';
import type { Registry } from '../../src/oci/registry.ts';
import { applyRelease } from '../../src/release/apply.ts';
import { createPromoter, loadPromotion } from '../../src/release/load-promotion.ts';
import { createProvider, loadReleasePlan } from '../../src/release/load-release.ts';
import type { ReleasePlan } from '../../src/release/plan.ts';
import { applyRollback, loadRollbackPlan } from '../../src/release/rollback.ts';
import type { RollbackPlan } from '../../src/release/rollback-plan.ts';
import { sortReleases } from '../../src/release/record.ts';
import type { FakeRegistry } from './oci-fake-registry.ts';
import { createVirtualClock } from './oci-virtual-clock.ts';
import { plansOf, QUIET, renderProfile, type ModelFolder } from './push-fixtures.ts';
import { MODELS, PLATFORM } from './push-setup.ts';

const STAMP = { createdAt: 1_750_000_000, revision: 'a'.repeat(40) };

export const portsOf = (registry: Registry, signal = new AbortController().signal) => ({
  registry,
  clock: createVirtualClock(),
  signal,
});

/** Releases these images, whose plans name the tags they get. */
export async function release(
  client: Registry,
  registry: string,
  plans: readonly ImagePlan[],
  attest?: (reference: string) => Promise<void>,
): Promise<ReleasePlan> {
  const builder = createRegistryBuilder(client, { platform: PLATFORM, allowBaseUpload: false });
  const pushes = await Promise.all(
    plans.map(async (plan): Promise<PushPlan> => {
      const push = await builder.plan(plan);
      const tags = await client.listTags(push.target);
      const tag = push.target.tag!;
      const previous = sortReleases(tags).find((one) => one !== tag);
      const next = { tag, stage: 'official', isNew: push.state !== 'up-to-date', previous, reason: 'given' } as const;
      return { ...push, tags, next };
    }),
  );
  return releasePushes(client, registry, pushes, attest);
}

/** Releases what was planned. */
export async function releasePushes(
  client: Registry,
  registry: string,
  pushes: readonly PushPlan[],
  attest?: (reference: string) => Promise<void>,
): Promise<ReleasePlan> {
  const request = { stage: 'official', registry, line: '0.9', stamp: STAMP, pushes, concurrency: 16 } as const;
  const plan = await loadReleasePlan(client, request);
  await applyRelease(plan, {
    ...portsOf(client),
    concurrency: 16,
    provide: createProvider(client, pushes, { allowBaseUpload: false, onEvent: QUIET.onEvent }),
    attest: attest && (({ repository, digest }) => attest(`${repository.host}/${repository.name}@${digest}`)),
    approve: () => Promise.resolve(),
    onPhase: () => undefined,
  });
  return plan;
}

export async function promote(
  client: Registry,
  from: string,
  to: string,
  wanted: { readonly release?: string; readonly images?: readonly string[] } = {},
): Promise<ReleasePlan> {
  const plan = await loadPromotion(client, { from, to, release: undefined, concurrency: 16, ...wanted });
  const promoter = createPromoter(client, from);
  const approve = () => Promise.resolve();
  await applyRelease(plan, { ...portsOf(client), ...promoter, concurrency: 16, approve, onPhase: () => undefined });
  return plan;
}

export async function rollback(client: Registry, registry: string, to?: string): Promise<RollbackPlan> {
  const plan = await loadRollbackPlan(portsOf(client), { registry, to, line: undefined, concurrency: 16 });
  await applyRollback(portsOf(client), plan, { concurrency: 16, onMoved: () => undefined });
  return plan;
}

/**
 * A client in front of which somebody else is quicker: just before, or after, the record of a release is stored, a
 * version of a model is given to the image that has the other tag.
 */
export function outrun(
  client: Registry,
  registry: string,
  { when, tag, as }: { readonly when: 'before' | 'after'; readonly tag: string; readonly as: string },
): Registry {
  const rival = async () => {
    const repository = parseReference(`${registry}/aim-acme-model-1`);
    await client.putManifest(repository, as, (await client.findManifest(repository, tag))!);
  };
  return {
    ...client,
    headManifest: async (repository, name) => {
      if (when === 'before' && repository.name.endsWith('/aim-acme-model-1') && name.startsWith('sha256:'))
        await rival();
      return client.headManifest(repository, name);
    },
    putManifest: async (repository, name, manifest) => {
      const put = await client.putManifest(repository, name, manifest);
      if (when === 'after' && repository.name.endsWith('/aim-releases')) await rival();
      return put;
    },
  };
}

/** Plans of all models under this tag, with profiles of this value. */
export function plansFor(models: ModelFolder, host: string, tag: string, value: number): ImagePlan[] {
  for (let index = 0; index < MODELS; index++) writeFileSync(models.profileOf(index), renderProfile(index, value));
  return plansOf(models, { base: `${host}/org/aim-base:0.9`, registry: `${host}/org`, tag });
}

export const registryOf = ({ host }: FakeRegistry, namespace = 'org') => `${host}/${namespace}`;

/** What tags of a namespace name, floating ones and versions apart. */
export function tagState({ store }: FakeRegistry, namespace: string) {
  const all = [...store.repositories]
    .filter(([name]) => name.startsWith(`${namespace}/aim-acme`))
    .flatMap(([name, { tags }]) => [...tags].map(([tag, digest]) => [`${name}:${tag}`, digest] as [string, string]))
    .filter(([name]) => !name.includes(':sha256-'));
  const isVersion = ([name]: [string, string]) => /:\d+\.\d+\.\d+$/.test(name);
  return {
    versions: new Map(all.filter(isVersion)),
    floating: new Map(all.filter((one) => !isVersion(one))),
  };
}
