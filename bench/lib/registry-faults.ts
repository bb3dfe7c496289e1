import { rmSync } from 'node:fs';
import { buildAll } from '../../toolkit/src/images/build-all.ts';
import type { ImagePlan } from '../../toolkit/src/images/plan.ts';
import { createRegistryBuilder } from '../../toolkit/src/images/registry-builder.ts';
import { parseManifest } from '../../toolkit/src/oci/manifest.ts';
import { testClient } from '../../toolkit/test/lib/oci-client.ts';
import { startFakeRegistry, type FakeRegistry, type Fault } from '../../toolkit/test/lib/oci-fake-registry.ts';
import { createVirtualClock } from '../../toolkit/test/lib/oci-virtual-clock.ts';
import { plansOf, pushBase, QUIET, writeModels, type ModelFolder } from '../../toolkit/test/lib/push-fixtures.ts';
import type { Figure } from './registry-run.ts';

const RUNS = 100;
const MODELS = 15;
const LAYERS = 20;
const FAULT_SHARE = 0.1;
const STALL_MS = 100;
const FAULTS: readonly Fault[] = [
  { kind: 'answer', answer: { status: 429, headers: { 'retry-after': '1' }, body: 'slow down' } },
  { kind: 'answer', answer: { status: 500 } },
  { kind: 'reset' },
  { kind: 'truncate' },
  { kind: 'stall' },
];

/**
 * Pushes of a catalogue to new repositories of a registry where one request in ten goes wrong. The registry is a fake
 * one, for none that is real fails on demand; waiting takes no time, so that a hundred runs end in minutes.
 */
export async function benchFaults(): Promise<Figure[]> {
  const models = writeModels(MODELS);
  try {
    const calm = await pushOnce(models, () => undefined);
    let correct = 0;
    let worst = 0;
    for (let run = 0; run < RUNS; run++) {
      const random = createRandom(run + 1);
      const { isCorrect, requests } = await pushOnce(models, () =>
        random() < FAULT_SHARE ? FAULTS[Math.floor(random() * FAULTS.length)] : undefined,
      );
      if (isCorrect) correct += 1;
      worst = Math.max(worst, requests / calm.requests);
    }
    return [
      {
        what: `pushes of ${MODELS} models with 10 % faults that end correct`,
        value: `${correct}/${RUNS}`,
        target: 'all',
      },
      { what: 'most requests, as a multiple of a push without faults', value: worst.toFixed(2), target: 'at most 1.3' },
    ];
  } finally {
    rmSync(models.folder, { recursive: true });
  }
}

async function pushOnce(
  models: ModelFolder,
  choose: () => Fault | undefined,
): Promise<{ isCorrect: boolean; requests: number }> {
  let armed = false;
  const fake = await startFakeRegistry({ fault: () => (armed ? choose() : undefined) });
  const client = testClient({ tuning: { clock: createVirtualClock(), stallTimeoutMs: STALL_MS } });
  try {
    const base = `${fake.host}/org/aim-base:0.9`;
    await pushBase(client, base, LAYERS);
    const before = fake.log.length;
    armed = true;
    const plans = plansOf(models, { base, registry: `${fake.host}/org` });
    const builder = createRegistryBuilder(client, {
      platform: { os: 'linux', architecture: 'amd64' },
      allowBaseUpload: false,
    });
    const options = { concurrency: 16, forPlan: () => QUIET, onBuilt: () => undefined, onFailed: () => undefined };
    const results = await buildAll(builder, plans, options).catch(() => []);
    const digests = new Map(results.map(({ reference, digest }) => [reference, digest]));
    return { isCorrect: isComplete(fake, plans, digests), requests: fake.log.length - before };
  } finally {
    client.close();
    await fake.stop();
  }
}

/** Every tag names the image that was reported, and the registry has all of it. */
function isComplete(
  { host, store }: FakeRegistry,
  plans: readonly ImagePlan[],
  digests: ReadonlyMap<string, string | undefined>,
): boolean {
  return plans.every(({ reference }) => {
    const [name = '', tag = ''] = reference.slice(host.length + 1).split(':');
    const repository = store.repositories.get(name);
    const digest = repository?.tags.get(tag);
    const stored = repository?.manifests.get(digest ?? '');
    if (repository === undefined || stored === undefined || digest !== digests.get(reference)) return false;
    const parsed = parseManifest(stored, reference);
    const blobs = parsed.kind === 'manifest' ? [parsed.manifest.config, ...parsed.manifest.layers] : [];
    return blobs.every((blob) => repository.blobs.has(blob.digest));
  });
}

/** Numbers from 0 to before 1, the same for the same seed. @see mulberry32 */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
