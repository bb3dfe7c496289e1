import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeGpuTree } from '../runtime/scripts/lib/gpu-tree.ts';
import { measure, type Sample, type Timing } from './lib/measure.ts';
import { MODEL, writeCustomProfiles, writeForeignProfiles, writeImageProfiles } from './lib/trees.ts';

const repository = join(import.meta.dirname, '..');
const runtime = join(repository, 'runtime/dist/aim-runtime');
const runs = Number(process.argv[2] ?? 41);
if (!existsSync(runtime)) throw new Error(`${runtime} is missing: npm run build -w runtime`);

const scratch = mkdtempSync(join(tmpdir(), 'aim-bench-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));

/** A profiles folder as the Llama-3.1-8B image has it, with more profiles added by `extend`. */
function tree(name: string, extend: (root: string) => void = () => undefined): string {
  const root = join(scratch, name);
  mkdirSync(root);
  writeImageProfiles(join(repository, 'profiles'), root);
  extend(root);
  return root;
}

const host = writeGpuTree(join(scratch, 'host'), { cards: 8, partitions: 1 });
const partitioned = writeGpuTree(join(scratch, 'partitioned'), { cards: 8, partitions: 8 });

function dryRun(name: string, root: string): Sample {
  const env = {
    AIM_ID: MODEL,
    AIM_PROFILE_PATH: root,
    AIM_SYSFS_ROOT: host.sys,
    AIM_DEV_ROOT: host.dev,
    AIM_CACHE_PATH: scratch,
    AIM_LOG_LEVEL: 'CRITICAL',
    HF_HUB_OFFLINE: '1', // the size of a model is asked of the network otherwise
  };
  return { name, argv: [runtime, 'dry-run', '--format', 'json'], env };
}

const names = {
  node: 'node -e 0',
  image: 'dry-run, image',
  few: '100 profiles of other models',
  many: '10,000 profiles of other models',
};
const searched = [2_500, 5_000, 10_000];
const detection = { AIM_SYSFS_ROOT: partitioned.sys, AIM_DEV_ROOT: partitioned.dev, AIM_LOG_LEVEL: 'CRITICAL' };
const timings = new Map<string, Timing>();
const record = (samples: readonly Sample[], count: number) => {
  for (const timing of measure(samples, count)) timings.set(timing.name, timing);
};
record(
  [
    { name: names.node, argv: [process.execPath, '-e', '0'] },
    dryRun(names.image, tree('image')),
    dryRun(
      names.few,
      tree('few', (root) => writeForeignProfiles(root, 100)),
    ),
    dryRun(
      names.many,
      tree('many', (root) => writeForeignProfiles(root, 10_000)),
    ),
    { name: 'detect-hardware, 64 partitions', argv: [runtime, 'detect-hardware', '--format', 'json'], env: detection },
  ],
  runs,
);
record(
  searched.map((count) =>
    dryRun(
      `${count} searched profiles`,
      tree(`searched-${count}`, (root) => writeCustomProfiles(root, count)),
    ),
  ),
  Math.max(5, Math.floor(runs / 5)),
);

const median = (name: string): number => timings.get(name)?.medianMs ?? Number.NaN;
const [quarter = 0, half = 0, whole = 0] = searched.map((count) => median(`${count} searched profiles`));
for (const { name, medianMs, minMs, maxMs } of timings.values()) {
  console.log(
    `${name.padEnd(34)} median ${medianMs.toFixed(1).padStart(7)} ms   min ${minMs.toFixed(1).padStart(7)}   max ${maxMs.toFixed(1).padStart(7)}`,
  );
}
const rows: readonly (readonly [string, number, string])[] = [
  ['dry-run / node -e 0', median(names.image) / median(names.node), 'at most 1.6'],
  ['10,000 / 100 profiles of other models', median(names.many) / median(names.few), 'at most 1.05'],
  ['10,000 searched profiles, ms in total', whole, 'under 400'],
  [
    'cost per profile, second 5,000 / first 2,500',
    (whole - half) / 5_000 / ((half - quarter) / 2_500),
    'near 1: linear',
  ],
  ['detection of 64 partitions, ms with start-up', median('detect-hardware, 64 partitions'), 'under 50'],
];
console.log('');
for (const [name, value, target] of rows) console.log(`${name.padEnd(46)} ${value.toFixed(2).padStart(8)}   ${target}`);
