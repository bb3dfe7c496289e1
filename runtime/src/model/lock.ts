import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { open, readdir, readFile, unlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RuntimeErrorCode } from '../exit-codes.ts';
import { AimError, systemCode } from '../system/errors.ts';
import { replaceFile } from './write-file.ts';

/** Who holds a lock, as its file says. */
export interface LockOwner {
  readonly token: string;
  readonly host: string;
  readonly pid: number;
  /** Boot and process-id namespace: where both are ours, a process can be looked up. */
  readonly place: string;
  /** Start of the process in clock ticks: tells it from a later one with the same id. */
  readonly startTicks: string;
  /** Grows while the owner lives. */
  readonly beat: number;
  readonly released: boolean;
}

export interface LockOptions {
  /** Folder of its own; it must exist. */
  readonly folder: string;
  readonly signal: AbortSignal;
  /** Told once who is waited for. */
  readonly onWait: (owner: LockOwner) => void;
  readonly timing?: LockTiming;
}

export interface LockTiming {
  readonly beatMs: number;
  /** An owner without a heartbeat for this long, by the waiter's clock, is taken for dead. */
  readonly staleMs: number;
  readonly pollMs: number;
}

const TIMING: LockTiming = { beatMs: 5_000, staleMs: 45_000, pollMs: 500 };
const GENERATION = /^lock\.(\d{1,12})$/;
const GENERATION_OR_DRAFT = /^lock\.(\d{1,12})(?:\.|$)/;

/** A held lock. `lost` aborts when another process took it over, as after this one was frozen for long. */
export interface HeldLock extends AsyncDisposable {
  readonly lost: AbortSignal;
}

/**
 * Takes a lock that many processes on many hosts may want. Each holder makes `lock.<n>` by exclusive creation, n being
 * one more than the last; the file of the last generation always stays, marked when released. So no file that somebody
 * may just be taking over is ever deleted, which is the race of locks that remove stale files.
 */
export async function acquireLock(options: LockOptions): Promise<HeldLock> {
  const timing = options.timing ?? TIMING;
  const watch = new Watch(timing.staleMs);
  let told = false;
  for (;;) {
    options.signal.throwIfAborted();
    const last = await lastGeneration(options.folder);
    const owner = last === 0 ? undefined : await readOwner(options.folder, last);
    if (last === 0 || isFree(owner) || watch.isStale(last, owner)) {
      const held = await tryGeneration(options.folder, last + 1, timing);
      if (held) return held;
      continue;
    }
    if (owner && !told) options.onWait(owner);
    told ||= owner !== undefined;
    await sleep(timing.pollMs, undefined, { signal: options.signal });
  }
}

/** Remembers since when an owner has shown no sign of life. */
class Watch {
  readonly #staleMs: number;
  #seen = '';
  #sinceMs = 0;

  constructor(staleMs: number) {
    this.#staleMs = staleMs;
  }

  isStale(generation: number, owner: LockOwner | undefined): boolean {
    const sign = `${generation} ${owner?.token ?? ''} ${owner?.beat ?? -1}`;
    const nowMs = performance.now();
    if (sign !== this.#seen) {
      this.#seen = sign;
      this.#sinceMs = nowMs;
    }
    return nowMs - this.#sinceMs > this.#staleMs;
  }
}

/** True when the owner has let go or is a dead process of this very place. */
function isFree(owner: LockOwner | undefined): boolean {
  if (!owner) return false; // being written
  if (owner.released) return true;
  return owner.place !== '' && owner.place === placeOf() && startTicksOf(owner.pid) !== owner.startTicks;
}

async function tryGeneration(folder: string, generation: number, timing: LockTiming): Promise<HeldLock | undefined> {
  const path = join(folder, `lock.${generation}`);
  const owner: LockOwner = {
    token: randomUUID(),
    host: hostname(),
    pid: process.pid,
    place: placeOf(),
    startTicks: startTicksOf(process.pid) ?? '',
    beat: 0,
    released: false,
  };
  try {
    const handle = await open(path, 'wx');
    await handle.writeFile(JSON.stringify(owner));
    await handle.close();
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return undefined;
    throw error;
  }
  if ((await lastGeneration(folder)) > generation) {
    await unlink(path).catch(() => undefined); // we were late: a later generation is in use already
    return undefined;
  }
  await removeOlder(folder, generation);
  return hold({ folder, path, generation, owner }, timing);
}

interface Holding {
  readonly folder: string;
  readonly path: string;
  readonly generation: number;
  readonly owner: LockOwner;
}

function hold({ folder, path, generation, owner }: Holding, timing: LockTiming): HeldLock {
  const lost = new AbortController();
  let beat = 0;
  let writing: Promise<void> = Promise.resolve();
  const write = (released: boolean) => {
    beat++;
    writing = writing
      .then(() => replaceFile(path, JSON.stringify({ ...owner, beat, released })))
      .catch(() => undefined);
    return writing;
  };
  const timer = setInterval(() => {
    void write(false);
    void lastGeneration(folder).then(
      (last) => {
        if (last > generation) lost.abort(takenOver(folder));
      },
      () => undefined, // a file system that hiccups is no sign of another owner
    );
  }, timing.beatMs);
  timer.unref();
  return {
    lost: lost.signal,
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      if (!lost.signal.aborted) await write(true);
    },
  };
}

function takenOver(folder: string): AimError<RuntimeErrorCode> {
  return new AimError('cache', {
    message: `another process took over the download in ${folder}: this one showed no sign of life for too long`,
    hint: 'Run the command again; it will wait for the other process.',
  });
}

async function lastGeneration(folder: string): Promise<number> {
  const numbers = (await readdir(folder)).map((name) => Number(GENERATION.exec(name)?.[1] ?? 0));
  return Math.max(0, ...numbers);
}

async function removeOlder(folder: string, generation: number): Promise<void> {
  for (const name of await readdir(folder)) {
    const isOlder = Number(GENERATION_OR_DRAFT.exec(name)?.[1] ?? generation) < generation;
    if (isOlder) await unlink(join(folder, name)).catch(() => undefined);
  }
}

async function readOwner(folder: string, generation: number): Promise<LockOwner | undefined> {
  try {
    return JSON.parse(await readFile(join(folder, `lock.${generation}`), 'utf8')) as LockOwner;
  } catch {
    return undefined; // being written, or cut off by a kill: then it shows no sign of life
  }
}

/** Boot and process-id namespace of this process; empty where the kernel does not tell. */
function placeOf(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return '';
  }
}

/** When a process was started, in clock ticks since boot; undefined when there is no such process. */
function startTicksOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}
