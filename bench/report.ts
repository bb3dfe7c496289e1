import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { summariseRepeat } from '../toolkit/src/bench/summary/summarise-repeat.ts';
import { aimctl } from '../toolkit/test/lib/aimctl.ts';
import { simulateRepeat, writeRun, type PointPlan } from '../toolkit/test/lib/bench-run.ts';

const REQUESTS = 100_000;
const TOKENS = 16;
const runs = Number(process.argv[2] ?? 3);

const scratch = mkdtempSync(join(tmpdir(), 'aim-bench-report-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));

/** A run whose requests, over all points and repeats, are so many. */
function makeRun(name: string, points: number, repeats: number): string {
  const folder = mkdtempSync(join(scratch, `${name}-`));
  const requests = Math.ceil(REQUESTS / points / repeats);
  const plan = (_: unknown, index: number): PointPlan => ({
    profile: `vllm-mi300x-fp${index % 2 === 0 ? 8 : 16}-tp1-profile-${Math.floor(index / 8)}`,
    concurrency: 2 ** (index % 8),
    tokens: TOKENS,
    // Slow, so that there are minutes of samples.
    tokenMs: 60,
    ...{ requests, repeats },
  });
  writeRun(folder, Array.from({ length: points }, plan));
  return folder;
}

/** Median wall time of `aimctl bench report` with start-up, and the size of its page. */
function render(folder: string): { seconds: number; megabytes: number } {
  const times = Array.from({ length: runs }, () => {
    const start = performance.now();
    const { status, stderr } = aimctl(['bench', 'report', folder]);
    if (status !== 0) throw new Error(stderr);
    return (performance.now() - start) / 1000;
  });
  const seconds = times.toSorted((a, b) => a - b)[times.length >> 1] ?? Number.NaN;
  return { seconds, megabytes: statSync(join(folder, 'report.html')).size / 1e6 };
}

/** Seconds to make a repeat's figures of so many requests, which happens once, when they were measured. */
function summarise(): number {
  const { spec, events } = simulateRepeat({ profile: 'p', concurrency: 64, tokens: TOKENS, requests: REQUESTS }, 1);
  const start = performance.now();
  summariseRepeat(spec, events, { recordsFile: 'r', samplesFile: 's' });
  return (performance.now() - start) / 1000;
}

const few = render(makeRun('few', 8, 3));
const many = render(makeRun('many', 240, 3));
const rows: readonly (readonly [string, number, string])[] = [
  [`report of 24 repeats, ${REQUESTS} requests, s with start-up`, few.seconds, 'under 2'],
  ['its page, MB', few.megabytes, 'at most 2'],
  [`report of 720 repeats, ${REQUESTS} requests, s with start-up`, many.seconds, 'under 2'],
  ['its page, MB', many.megabytes, 'at most 2'],
  [`figures of one repeat of ${REQUESTS} requests, s`, summarise(), 'to compare'],
];
for (const [name, value, target] of rows) console.log(`${name.padEnd(60)} ${value.toFixed(2).padStart(8)}   ${target}`);
