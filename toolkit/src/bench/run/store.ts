import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { failure } from '../../exit-codes.ts';
import { writeWholeFile } from '../../images/write-file.ts';
import type { ClientEvent } from '../client-protocol.ts';
import type { RepeatResult } from '../result.ts';
import { LOCK_NAME, lockFolder, type FolderLock, type FolderLockOptions } from './folder-lock.ts';
import { appendJournal, readJournal, type JournalEntry } from './journal.ts';
import type { RunPlan } from './plan.ts';

/** A run's folder: the plan, the journal, and three files for each repeat. */
export interface RunStore {
  readonly folder: string;
  readonly entries: () => readonly JournalEntry[];
  readonly note: (entry: JournalEntry) => void;
  /** Repeats by point that are complete, in the order they were measured. */
  readonly repeats: (key: string) => readonly RepeatResult[];
  /** Writes records, samples and summary of a repeat, then its entry. @throws AimError disk or interrupted */
  readonly save: (repeat: SavedRepeat, signal: AbortSignal) => Promise<void>;
  /** Leaves the folder to other processes. */
  readonly close: () => Promise<void>;
}

/** What makes a run another one; nothing secret, since it is written down. */
export interface RunDescription {
  readonly target: object;
  readonly plan: RunPlan;
}

export interface SavedRepeat {
  readonly server: number;
  readonly key: string;
  readonly result: RepeatResult;
  readonly events: readonly ClientEvent[];
  /** Now, ISO 8601. */
  readonly at: string;
}

const PLAN_FILE = 'run.json';
const JOURNAL_FILE = 'journal.jsonl';
const PLAN_PART = /^run\.json\.[0-9a-f]+\.partial$/;

/** Files of a repeat, relative to the run's folder. */
export function repeatFiles(id: string): { recordsFile: string; samplesFile: string; resultFile: string } {
  return {
    recordsFile: `points/${id}.records.jsonl.gz`,
    samplesFile: `points/${id}.samples.jsonl.gz`,
    resultFile: `points/${id}.json`,
  };
}

export interface OpenOptions extends FolderLockOptions {
  readonly resume: boolean;
}

/**
 * Opens a run's folder: a new one, or under `resume` that of the same run. No other process can open it until it is
 * closed.
 * @throws AimError usage when it holds another run, one that was not to be resumed, or one that goes on now
 */
export async function openStore(folder: string, plan: RunDescription, options: OpenOptions): Promise<RunStore> {
  const isThere = existsSync(join(folder, PLAN_FILE));
  if (!isThere && isOccupied(folder)) throw occupied(folder);
  if (isThere && !options.resume) throw notResumed(folder);
  const lock = await lockFolder(folder, options);
  try {
    await claim(folder, plan, options.signal);
    return loadStore(folder, lock);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** Makes the folder the plan's, unless it is already. */
async function claim(folder: string, plan: RunDescription, signal: AbortSignal): Promise<void> {
  const planFile = join(folder, PLAN_FILE);
  const text = `${JSON.stringify(plan, undefined, 2)}\n`;
  if (existsSync(planFile)) checkSamePlan(folder, readFileSync(planFile, 'utf8'), text);
  await removeParts(folder);
  if (!existsSync(planFile)) await writeWholeFile(planFile, [Buffer.from(text)], { signal });
}

function loadStore(folder: string, lock: FolderLock): RunStore {
  const journal = join(folder, JOURNAL_FILE);
  const entries = readJournal(journal);
  const done = new Map<string, RepeatResult[]>();
  const keep = (key: string, result: RepeatResult) => done.set(key, [...(done.get(key) ?? []), result]);
  const seen = new Set<string>();
  for (const entry of entries) {
    if (entry.kind !== 'repeat' || seen.has(entry.id)) continue;
    const result = loadRepeat(join(folder, entry.file));
    if (result === undefined) continue;
    seen.add(entry.id);
    keep(entry.key, result);
  }
  const note = (entry: JournalEntry) => {
    lock.confirm();
    appendJournal(journal, entry);
    entries.push(entry);
  };
  return {
    ...{ folder, note },
    entries: () => entries,
    repeats: (key) => done.get(key) ?? [],
    save: async (repeat, saving) => {
      const { server, key, result, at } = repeat;
      const { id } = result.spec;
      lock.confirm();
      const { resultFile } = await writeRepeat(folder, repeat, saving);
      note({ kind: 'repeat', at, server, key, id, file: resultFile });
      keep(key, result);
    },
    close: () => lock.release(),
  };
}

/** The seed of the run that a folder holds; undefined where there is none. */
export function readSeed(folder: string): number | undefined {
  try {
    const described = JSON.parse(readFileSync(join(folder, PLAN_FILE), 'utf8')) as { plan?: Partial<RunPlan> } | null;
    return described?.plan?.workload?.seed;
  } catch {
    return undefined; // who opens the folder says what is wrong with it
  }
}

async function writeRepeat(
  folder: string,
  { result, events }: SavedRepeat,
  signal: AbortSignal,
): Promise<ReturnType<typeof repeatFiles>> {
  const files = repeatFiles(result.spec.id);
  const records = events.flatMap((event) => (event.type === 'record' ? [event.record] : []));
  const samples = events.filter(({ type }) => type === 'metrics' || type === 'gpu');
  await writeWholeFile(join(folder, files.recordsFile), gzipLines(records), { signal });
  await writeWholeFile(join(folder, files.samplesFile), gzipLines(samples), { signal });
  const text = `${JSON.stringify(result, undefined, 2)}\n`;
  await writeWholeFile(join(folder, files.resultFile), [Buffer.from(text)], { signal });
  return files;
}

const LINES_PER_CHUNK = 500;

/** Values as lines of JSON, packed; made while they are read. */
function gzipLines(values: readonly object[]): AsyncIterable<Uint8Array> {
  const chunks = function* (): Generator<string> {
    for (let at = 0; at < values.length; at += LINES_PER_CHUNK) {
      const part = values.slice(at, at + LINES_PER_CHUNK);
      yield part.map((value) => `${JSON.stringify(value)}\n`).join('');
    }
  };
  return Readable.from(chunks()).pipe(createGzip()) as AsyncIterable<Uint8Array>;
}

/** Undefined for one that is not there or not whole: it is measured again. */
function loadRepeat(file: string): RepeatResult | undefined {
  try {
    const value = JSON.parse(readFileSync(file, 'utf8')) as Partial<RepeatResult> | null;
    const whole = value?.spec !== undefined && value.corrected !== undefined && value.vllm !== undefined;
    return whole ? (value as RepeatResult) : undefined;
  } catch {
    return undefined;
  }
}

/** What a process that was killed had not finished writing. */
async function removeParts(folder: string): Promise<void> {
  for (const path of [folder, join(folder, 'points')]) {
    const names = existsSync(path) ? readdirSync(path) : [];
    for (const name of names.filter((each) => each.endsWith('.partial'))) await rm(join(path, name), { force: true });
  }
}

function notResumed(folder: string): Error {
  return failure('usage', {
    message: `${folder} holds a run already`,
    hint: 'Give --resume to go on with it, or another --output.',
  });
}

function checkSamePlan(folder: string, there: string, text: string): void {
  if (there === text) return;
  throw failure('usage', {
    message: `${folder} holds another run than the one that is to be resumed`,
    details: firstDifference(there, text),
    hint: 'Repeat the command of that run with --resume added, or choose another --output.',
  });
}

function firstDifference(there: string, text: string): string[] {
  const [old, now] = [there.split('\n'), text.split('\n')];
  const at = now.findIndex((line, index) => line !== old[index]);
  return [`there: ${old[at]?.trim() ?? 'nothing'}`, `now: ${now[at]?.trim() ?? 'nothing'}`];
}

/** What a process that was killed in its first moments leaves is nobody's. */
function isOccupied(folder: string): boolean {
  const stats = statSync(folder, { throwIfNoEntry: false });
  if (stats === undefined) return false;
  return !stats.isDirectory() || readdirSync(folder).some((name) => name !== LOCK_NAME && !PLAN_PART.test(name));
}

function occupied(folder: string): Error {
  return failure('usage', {
    message: `${folder} is there already and holds no run`,
    hint: 'Choose a new folder with --output.',
  });
}
