import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { createContext } from '../../toolkit/src/images/context.ts';
import { renderDockerfile } from '../../toolkit/src/images/dockerfile.ts';
import { loadModelPlans } from '../../toolkit/src/images/load-plans.ts';
import type { ImagePlan } from '../../toolkit/src/images/plan.ts';
import { testClient } from '../../toolkit/test/lib/oci-client.ts';
import { pushBase } from '../../toolkit/test/lib/push-fixtures.ts';
import { aimctl, REPOSITORY, seconds, timed, timedAimctl, type Figure } from './registry-run.ts';

/** Layers of a few bytes, and large ones: half of an engine image's 30 GB, all of which Docker has to pull before it can build. */
const LAYERS = 20;
const LARGE = { count: 14, copies: 9, program: process.execPath };

/**
 * The catalogue of this repository, built and pushed by Docker and by aimctl, to new repositories each. Docker's time
 * is given with and without pulling the base, which aimctl never does.
 */
export async function benchDocker(registry: string): Promise<Figure[]> {
  const base = `${registry}/docker/aim-base:0.9`;
  const client = testClient();
  await pushBase(client, base, LAYERS, LARGE);
  client.close();
  const pullMs = await timed('docker', ['pull', '--quiet', base]);
  const plans = planCatalogue(`${registry}/by-docker`, base);
  try {
    const loads = await measureLoads(plans, base);
    const dockerMs = await buildWithDocker(plans);
    const flags = ['--all', '--registry', `${registry}/by-aimctl`, '--base', base];
    const aimctlMs = await aimctl('build-model', '--push', ...flags);
    return [
      ...loads,
      { what: `docker build + docker push of ${plans.length} models`, value: seconds(dockerMs), target: '' },
      { what: `aimctl build-model --all --push`, value: seconds(aimctlMs), target: '' },
      { what: `docker pull of a base of ${unpackedGib()} GiB, unpacked`, value: seconds(pullMs), target: '' },
      { what: 'times faster, base pulled before', value: (dockerMs / aimctlMs).toFixed(0), target: '' },
      {
        what: 'times faster, on a new machine',
        value: ((pullMs + dockerMs) / aimctlMs).toFixed(0),
        target: 'at least 60',
      },
    ];
  } finally {
    const names = [...plans.map(({ reference }) => reference), base];
    await timed('docker', ['rmi', '--force', ...names]).catch(() => undefined);
  }
}

function unpackedGib(): string {
  return ((LARGE.count * LARGE.copies * statSync(LARGE.program).size) / 1024 ** 3).toFixed(0);
}

function planCatalogue(registry: string, base: string): ImagePlan[] {
  return loadModelPlans({
    version: '0.9.0',
    base,
    naming: { registry, tag: undefined, scheme: 'semver' },
    stamp: { createdAt: 1_750_000_000, revision: 'bench' },
    layoutVersion: '1',
    profiles: join(REPOSITORY, 'profiles'),
    models: { names: [], all: true },
  });
}

async function measureLoads(plans: readonly ImagePlan[], base: string): Promise<Figure[]> {
  let mostBytes = 0;
  let slowestMs = 0;
  for (const plan of plans) {
    const args = ['build-model', plan.aimId ?? '', '--load', '--base', base, '--registry', 'bench-load', '--json'];
    const { elapsedMs, stdout } = await timedAimctl(...args);
    const { images } = JSON.parse(stdout) as { images: { reference: string; movedBytes: number }[] };
    mostBytes = Math.max(mostBytes, ...images.map(({ movedBytes }) => movedBytes));
    slowestMs = Math.max(slowestMs, elapsedMs);
    await timed('docker', ['rmi', ...images.map(({ reference }) => reference)]);
  }
  return [
    { what: '--load of a model: most bytes streamed', value: String(mostBytes), target: 'at most 65536' },
    { what: '--load of a model: slowest', value: seconds(slowestMs), target: 'under 1 s' },
  ];
}

/** One after the other, as a script does it; the classic builder, which needs no plug-in. */
async function buildWithDocker(plans: readonly ImagePlan[]): Promise<number> {
  const template = readFileSync(join(REPOSITORY, 'templates/aim-model.Dockerfile'), 'utf8');
  const folder = mkdtempSync(join(tmpdir(), 'aim-bench-docker-'));
  let totalMs = 0;
  try {
    for (const [index, plan] of plans.entries()) {
      const context = join(folder, `${index}.tar`);
      writeFileSync(context, await buffer(await createContext(plan, renderDockerfile(template, plan))));
      const build = `docker build --quiet --tag ${plan.reference} - < ${context}`;
      totalMs += await timed('sh', ['-c', build], { DOCKER_BUILDKIT: '0' });
      totalMs += await timed('docker', ['push', '--quiet', plan.reference]);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  return totalMs;
}
