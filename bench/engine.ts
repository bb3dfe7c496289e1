/**
 * How long the commands for endpoints take, with a real Docker Engine, simulated GPUs and the engine simulator:
 * `list` with 20 endpoints, and what `launch` adds to starting the container and loading the model.
 * Needs `npm run build`; measures the sources and the built package.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createEndpointHost, docker, type EndpointHost } from '../toolkit/test/lib/endpoint-host.ts';
import { measure, type Sample } from './lib/measure.ts';

const REPOSITORY = join(import.meta.dirname, '..');
const TOOLKIT = join(REPOSITORY, 'toolkit');
const MODEL = 'meta-llama/Llama-3.1-8B-Instruct';
const ENDPOINTS = 20;
const ROUNDS = Number(process.argv[2] ?? 7);
const LIST_ROUNDS = 21;

if (!existsSync(join(TOOLKIT, 'dist/main.js'))) throw new Error('toolkit/dist is missing: npm run build');

/** The package as it is installed: without sources, beside its dependencies. */
function installPackage(folder: string): string {
  const root = join(folder, 'node_modules/aimctl');
  for (const name of ['bin', 'dist', 'assets', 'package.json'])
    cpSync(join(TOOLKIT, name), join(root, name), { recursive: true });
  for (const name of readdirSync(join(REPOSITORY, 'node_modules')))
    if (!existsSync(join(folder, 'node_modules', name)))
      symlinkSync(join(REPOSITORY, 'node_modules', name), join(folder, 'node_modules', name));
  return join(root, 'bin/aimctl.js');
}

function timed(run: () => { status: number | null; stderr: string }): number {
  const startedMs = performance.now();
  const { status, stderr } = run();
  if (status !== 0) throw new Error(stderr);
  return performance.now() - startedMs;
}

/** Starting the same container by hand and waiting until it answers: what no launcher can do without. */
async function startByHand(image: string): Promise<number> {
  const startedMs = performance.now();
  const env = ['AIM_GPU_MODEL=MI300X', 'AIM_GPU_COUNT=1', 'AIM_PROFILE_ID=vllm-mi300x-fp16-tp1-latency'];
  const flags = env.flatMap((each) => ['--env', each]);
  const port = 18_999;
  const { stdout, stderr } = docker('run', '--detach', '--publish', `127.0.0.1:${port}:8000`, ...flags, image);
  try {
    for (;;) {
      const answer = await fetch(`http://127.0.0.1:${port}/health`).catch(() => undefined);
      if (answer?.ok === true) return performance.now() - startedMs;
      if (performance.now() - startedMs > 60_000) throw new Error(`the container does not answer: ${stderr}`);
      await sleep(10);
    }
  } finally {
    docker('rm', '--force', stdout.trim());
  }
}

async function measureLaunch(host: EndpointHost, program: string): Promise<{ launchMs: number; byHandMs: number }> {
  const [, image = ''] = host.images;
  const launched: number[] = [];
  const byHand: number[] = [];
  for (let round = -1; round < ROUNDS; round++) {
    const args = [program, 'launch', MODEL, '--bind', '127.0.0.1', '--no-test', '--name', 'bench-launch'];
    const env = { ...process.env, ...host.env };
    const launchMs = timed(() => spawnSync(process.execPath, args, { env, encoding: 'utf8' }));
    docker('rm', '--force', 'bench-launch');
    const byHandMs = await startByHand(image);
    if (round < 0) continue; // the first round warms the page cache
    launched.push(launchMs);
    byHand.push(byHandMs);
  }
  return { launchMs: median(launched), byHandMs: median(byHand) };
}

/** @returns median of `list` with idle endpoints, with busy ones, and of the program doing nothing */
async function measureList(host: EndpointHost, program: string): Promise<Record<'idle' | 'busy' | 'version', number>> {
  const environment = { ...host.env, HOME: tmpdir() };
  const sample = (name: string, ...args: string[]): Sample => {
    return { name, argv: [process.execPath, program, ...args], env: environment };
  };
  const one = (name: string, ...args: string[]) => measure([sample(name, ...args)], LIST_ROUNDS)[0]?.medianMs ?? NaN;
  const idle = one('list', 'list', '--json');
  const version = one('version', '--version');
  const { stdout } = await host.run(['list', '--json']);
  const { endpoints } = JSON.parse(stdout) as { endpoints: { url: string }[] };
  const controller = new AbortController();
  const body = JSON.stringify({ model: MODEL, prompt: 'Go on', max_tokens: 100_000, ignore_eos: true });
  const headers = { 'content-type': 'application/json' };
  const busy = endpoints.map(({ url }) =>
    fetch(`${url}/v1/completions`, { method: 'POST', headers, body, signal: controller.signal }).catch(() => undefined),
  );
  await sleep(1000);
  const busyMs = one('list busy', 'list', '--json');
  controller.abort();
  await Promise.all(busy);
  return { idle, busy: busyMs, version };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
}

const scratch = mkdtempSync(join(tmpdir(), 'aim-bench-engine-'));
const host = await createEndpointHost([MODEL], ENDPOINTS + 1);
const rows: (readonly [string, number, string])[] = [];
try {
  const programs = { package: installPackage(scratch), sources: join(TOOLKIT, 'bin/aimctl.js') };
  for (const [name, program] of Object.entries(programs)) {
    const { launchMs, byHandMs } = await measureLaunch(host, program);
    rows.push([`launch, ${name}, ms until ready`, launchMs, `${byHandMs.toFixed(0)} ms by hand`]);
    rows.push([`launch, ${name}: overhead, ms`, launchMs - byHandMs, 'under 1500']);
  }
  for (let index = 1; index <= ENDPOINTS; index++) {
    const args = ['launch', MODEL, '--bind', '127.0.0.1', '--no-test', '--name', `bench-${index}`];
    const { status, stderr } = await host.run(args);
    if (status !== 0) throw new Error(stderr);
  }
  for (const [name, program] of Object.entries(programs)) {
    const { idle, busy, version } = await measureList(host, program);
    rows.push([`list, ${name}, ${ENDPOINTS} endpoints, ms`, idle, 'under 400']);
    rows.push([`list, ${name}, all of them busy, ms`, busy, 'under 400']);
    rows.push([`--version, ${name}, ms`, version, '']);
  }
} finally {
  docker('rm', '--force', ...Array.from({ length: ENDPOINTS }, (_, index) => `bench-${index + 1}`), 'bench-launch');
  host.remove();
  rmSync(scratch, { recursive: true, force: true });
}
for (const [name, value, target] of rows) console.log(`${name.padEnd(46)} ${value.toFixed(0).padStart(6)}   ${target}`);
