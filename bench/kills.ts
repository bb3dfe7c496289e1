/**
 * Kills `aimctl bench` with SIGKILL at random moments of a run on the local Docker Engine, from its first instant on:
 * afterwards no container may be left, and the run, resumed again and again, may lose one repeat for each kill.
 *
 * node bench/kills.ts [KILLS [SEED]]
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readJournal } from '../toolkit/src/bench/run/journal.ts';
import {
  countRepeats,
  killOnce,
  type KillMoment,
  type KillOutcome,
  type Victim,
} from '../toolkit/test/lib/bench-kills.ts';
import { createEndpointHost } from '../toolkit/test/lib/endpoint-host.ts';

const MODEL = 'meta-llama/Llama-3.1-8B-Instruct';
/** Some kills come while the server starts, the others after this many repeats at most. */
const STARTING_SHARE = 0.35;
const STARTING_MS = 5_000;
const MOST_REPEATS = 3;
const REPEAT_MS = 2_000;

const kills = Number(process.argv[2] ?? 100);
const seed = Number(process.argv[3] ?? 1);

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
function createRandom(start: number): () => number {
  let state = start >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const random = createRandom(seed);
const folder = mkdtempSync(join(tmpdir(), 'aim-bench-kills-'));
const host = await createEndpointHost([MODEL], 8);
const victim: Victim = {
  image: host.images[1] ?? '',
  env: host.env,
  output: join(folder, 'run'),
  args: [
    ...['--image', host.images[1] ?? '', '--profile', `${MODEL}/vllm-mi300x-fp16-tp1-latency`],
    ...['--concurrency', '1,2,3,4,5,6,7,8', '--repeats', '100', '--requests', '6', '--warmup', '0'],
    ...['--input-len', '8', '--output-len', '4', '--format', 'csv'],
    ...['--env', 'AIM_SIM_TTFT_MS=5', '--env', 'AIM_SIM_TOKENS_PER_SECOND=400'],
  ],
};
const outcomes: KillOutcome[] = [];
try {
  for (let kill = 1; kill <= kills; kill++) {
    outcomes.push(await killOnce(victim, pickMoment()));
    if (kill % 10 === 0) report();
  }
  report();
  const dirty = outcomes.filter(({ cleanedMs }) => cleanedMs === undefined);
  const broken = outcomes.filter(({ started, kept, reported }) => started - kept > 1 || kept < reported);
  const unreadable = readJournal(join(victim.output, 'journal.jsonl')).filter(
    (entry) => entry.kind === 'repeat' && !isWhole(join(victim.output, entry.file)),
  );
  if (dirty.length + broken.length + unreadable.length > 0) {
    console.log(
      `FAILED: ${dirty.length} kills left containers, ${broken.length} lost more, ${unreadable.length} unreadable`,
    );
    process.exitCode = 1;
  }
} finally {
  host.remove();
  rmSync(folder, { recursive: true, force: true });
}

function pickMoment(): KillMoment {
  if (random() < STARTING_SHARE) return { repeats: 0, thenMs: random() * STARTING_MS };
  return { repeats: 1 + Math.floor(random() * MOST_REPEATS), thenMs: random() * REPEAT_MS };
}

function report(): void {
  const cleaned = outcomes.flatMap(({ cleanedMs }) => cleanedMs ?? []);
  const lost = outcomes.map(({ started, kept }) => started - kept);
  const measuring = outcomes.filter(({ started }) => started > 0).length;
  console.log(
    `${outcomes.length} kills (target 100), ${measuring} of them while measuring: ` +
      `${outcomes.length - cleaned.length} left a container (target 0), ` +
      `at most ${Math.max(...lost)} repeats lost by one kill (target 1), ${countRepeats(victim)} repeats kept; ` +
      `clean after ${(Math.max(0, ...cleaned) / 1000).toFixed(1)} s at most`,
  );
}

function isWhole(path: string): boolean {
  try {
    JSON.parse(readFileSync(path, 'utf8'));
    return true;
  } catch {
    return false;
  }
}
