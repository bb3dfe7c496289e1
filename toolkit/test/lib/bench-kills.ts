import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readJournal } from '../../src/bench/run/journal.ts';
import { AIMCTL } from '../integration/engine.ts';
import { docker } from './endpoint-host.ts';

/** A run to be killed: `aimctl bench` with its arguments, the image of its containers and the folder it writes. */
export interface Victim {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly image: string;
  readonly output: string;
}

/** What one kill left behind. */
export interface KillOutcome {
  /** Repeats that had begun, and how many of them are kept. */
  readonly started: number;
  readonly kept: number;
  /** Repeats that were reported as done; each of them must be kept. */
  readonly reported: number;
  /** Time until no container was left; undefined when some were left. */
  readonly cleanedMs: number | undefined;
  /** Whether the program had ended before its time came. */
  readonly finished: boolean;
}

const CLEAN_WITHIN_MS = 30_000;
const POLL_MS = 100;

/** When to kill: so many repeats are done, and then some time has passed. */
export interface KillMoment {
  readonly repeats: number;
  readonly thenMs: number;
}

/** Starts or resumes the run, kills it with SIGKILL, and looks at what is left. */
export async function killOnce(victim: Victim, { repeats, thenMs }: KillMoment): Promise<KillOutcome> {
  const before = countRepeats(victim);
  const child = spawn(
    process.execPath,
    [AIMCTL, 'bench', ...victim.args, '--output', victim.output, '--resume', '--json'],
    {
      env: { ...process.env, ...victim.env },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  const exited = once(child, 'close') as Promise<[number | null]>;
  let said = '';
  const reached = Promise.withResolvers<undefined>();
  if (repeats === 0) reached.resolve(undefined);
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
    if (said.split('"event":"done"').length > repeats) reached.resolve(undefined);
  });
  await Promise.race([exited, reached.promise.then(() => sleep(thenMs))]);
  child.kill('SIGKILL');
  const [status] = await exited;
  const killedMs = performance.now();
  const clean = await waitUntilClean(victim.image);
  const events = said.split('\n').flatMap(parseEvent);
  return {
    started: new Set(events.flatMap(({ text }) => /^(\S+: repeat \d+)$/.exec(text ?? '')?.[1] ?? [])).size,
    reported: events.filter(({ event }) => event === 'done').length,
    kept: countRepeats(victim) - before,
    cleanedMs: clean ? performance.now() - killedMs : undefined,
    finished: status !== null,
  };
}

/** Names of containers of an image, in any state. */
export function containersOf(image: string): string[] {
  const { stdout } = docker('ps', '--all', '--filter', `ancestor=${image}`, '--format', '{{.Names}}');
  return stdout.split('\n').filter((name) => name !== '');
}

/** True when no container of an image is left, now and a little later, before the time is up. */
export async function waitUntilClean(image: string): Promise<boolean> {
  const endMs = performance.now() + CLEAN_WITHIN_MS;
  let clean = 0;
  while (performance.now() < endMs) {
    clean = containersOf(image).length === 0 ? clean + 1 : 0;
    // An engine may still be making one that was asked for before the kill.
    if (clean > 10) return true;
    await sleep(POLL_MS);
  }
  return false;
}

/** Repeats that a run's folder holds. */
export function countRepeats({ output }: Pick<Victim, 'output'>): number {
  const ids = readJournal(join(output, 'journal.jsonl')).flatMap((entry) =>
    entry.kind === 'repeat' ? [entry.id] : [],
  );
  return new Set(ids).size;
}

function parseEvent(line: string): { event?: string; text?: string }[] {
  try {
    return [JSON.parse(line) as { event?: string; text?: string }];
  } catch {
    return [];
  }
}
