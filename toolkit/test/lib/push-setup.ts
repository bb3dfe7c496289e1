import { rmSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach } from 'vitest';
import { buildAll } from '../../src/images/build-all.ts';
import type { BuildResult } from '../../src/images/builder.ts';
import type { ImagePlan } from '../../src/images/plan.ts';
import { createRegistryBuilder } from '../../src/images/registry-builder.ts';
import { parseManifest } from '../../src/oci/manifest.ts';
import type { Registry } from '../../src/oci/registry.ts';
import { testClient } from './oci-client.ts';
import { startFakeRegistry, type FakeRegistry, type FakeRegistryOptions } from './oci-fake-registry.ts';
import { createVirtualClock } from './oci-virtual-clock.ts';
import { plansOf, pushBase, QUIET, renderProfile, writeModels, type ModelFolder } from './push-fixtures.ts';

export const PLATFORM = { os: 'linux', architecture: 'amd64' };
export const LAYERS = 12;
export const MODELS = 4;
const STALL_MS = 300;

/** A fake registry with a base image, and plans of models to be pushed to it. */
export interface PushSetup {
  readonly fake: FakeRegistry;
  readonly plans: ImagePlan[];
  /** A client of its own, as another run of the program has. */
  readonly client: (signal?: AbortSignal) => Registry;
  /** Requests since the last call. */
  readonly requests: () => string[];
}

/** Models of this test file, and a function that starts a registry for one test; what it starts ends with the test. */
export function setUpPushes(): { models: ModelFolder; start: (options?: FakeRegistryOptions) => Promise<PushSetup> } {
  const models = writeModels(MODELS);
  const running: { fake: FakeRegistry; clients: Registry[] }[] = [];
  afterAll(() => rmSync(models.folder, { recursive: true }));
  afterEach(async () => {
    for (let index = 0; index < MODELS; index++) writeFileSync(models.profileOf(index), renderProfile(index, 1));
    for (const { fake, clients } of running.splice(0)) {
      for (const client of clients) client.close();
      await fake.stop();
    }
  });
  const start = async (options: FakeRegistryOptions = {}): Promise<PushSetup> => {
    const fake = await startFakeRegistry(options);
    const clients: Registry[] = [];
    running.push({ fake, clients });
    const client = (signal = new AbortController().signal) => {
      const made = testClient({ signal, tuning: { clock: createVirtualClock(), stallTimeoutMs: STALL_MS } });
      clients.push(made);
      return made;
    };
    await pushBase(client(), `${fake.host}/org/aim-base:0.9`, LAYERS);
    let seen = fake.log.length;
    const requests = () => {
      const fresh = fake.summary().slice(seen);
      seen = fake.log.length;
      return fresh;
    };
    const plans = plansOf(models, { base: `${fake.host}/org/aim-base:0.9`, registry: `${fake.host}/org` });
    return { fake, client, plans, requests };
  };
  return { models, start };
}

/** Pushes as `build-model --push` does. */
export const push = (client: Registry, plans: readonly ImagePlan[], allowBaseUpload = false): Promise<BuildResult[]> =>
  buildAll(createRegistryBuilder(client, { platform: PLATFORM, allowBaseUpload }), plans, {
    concurrency: 16,
    forPlan: () => QUIET,
    onBuilt: () => undefined,
    onFailed: () => undefined,
  });

/** Tags, and whether everything they need is there. */
export function tagsOf({ store }: FakeRegistry): Map<string, { digest: string; isComplete: boolean }> {
  const tags = new Map<string, { digest: string; isComplete: boolean }>();
  for (const [name, repository] of store.repositories) {
    for (const [tag, digest] of repository.tags) {
      const stored = repository.manifests.get(digest)!;
      const parsed = parseManifest(stored, name);
      const needed = parsed.kind === 'manifest' ? [parsed.manifest.config, ...parsed.manifest.layers] : [];
      tags.set(`${name}:${tag}`, { digest, isComplete: needed.every((blob) => repository.blobs.has(blob.digest)) });
    }
  }
  return tags;
}
