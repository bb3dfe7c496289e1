import { createHash, randomUUID } from 'node:crypto';
import { failure } from '../exit-codes.ts';
import type { Clock } from '../oci/clock.ts';
import type { AcquireOptions, HeldTagLock, TagLock } from './lock.ts';

/** A git reference whose commits carry a text each. */
export interface RefState {
  readonly sha: string;
  readonly message: string;
}

/** Git references as far as a lock needs them: a server lets one of several creators or movers win. */
export interface GitRefs {
  read(ref: string): Promise<RefState | undefined>;
  /** Undefined when there is one of that name, or there may be. */
  create(ref: string, message: string): Promise<string | undefined>;
  /** Puts a commit upon `parent`; undefined when the reference is at another one by now, or may be. */
  advance(ref: string, parent: string, message: string): Promise<string | undefined>;
}

export interface GitHubLockOptions {
  readonly refs: GitRefs;
  readonly clock: Clock;
  /** Who takes the lock, for those who wait: address of the workflow run. */
  readonly holder: string;
  readonly timing?: GitHubLockTiming;
}

export interface GitHubLockTiming {
  /**
   * A holder that has not shown itself for so long is taken over from. What it wrote before it died was written at
   * least half of this ago: longer than any registry lags.
   */
  readonly leaseMs: number;
  /** How far the clocks of two machines may differ. */
  readonly skewMs: number;
  readonly pollMs: number;
  readonly waitMs: number;
  /** How long tags that were written are told to later holders: longer than any registry lags. */
  readonly rememberMs: number;
}

const TIMING: GitHubLockTiming = {
  leaseMs: 16 * 60_000,
  skewMs: 60_000,
  pollMs: 3_000,
  waitMs: 30 * 60_000,
  rememberMs: 60 * 60_000,
};

/** What the newest commit of a lock's reference says. */
interface LockState {
  readonly scope: string;
  /** Null when nobody holds it. */
  readonly token: string | null;
  readonly holder: string;
  /** Milliseconds since 1970. */
  readonly expiresAtMs: number;
  /** By reference of the tag: digest and when it was written. */
  readonly written: Readonly<Record<string, { readonly digest: string; readonly atMs: number }>>;
}

/** Times a reference may be refused that then is not there. */
const MAX_REFUSALS = 3;
const PREFIX = 'refs/aim/locks/';

/**
 * A lock of all pipelines that share a repository: a git reference below `refs/aim/locks/` whose chain of commits
 * says who holds it. Taking, keeping and letting go are commits upon the last one seen, which git accepts from one of
 * several only. The last holders' tags are part of it.
 */
export function createGitHubLock(options: GitHubLockOptions): TagLock {
  const timing = options.timing ?? TIMING;
  return { acquire: (scope, wait) => acquire({ ...options, timing, scope }, wait) };
}

/** Name of a scope's lock, which git accepts whatever the scope is. */
export function lockRef(scope: string): string {
  const readable = scope.replaceAll(/[^A-Za-z0-9]+/g, '-').replace(/^-|-$/g, '');
  return `${PREFIX}${readable}-${createHash('sha256').update(scope).digest('hex').slice(0, 12)}`;
}

type Lock = Required<GitHubLockOptions> & { readonly scope: string };

async function acquire(lock: Lock, { signal, onWait }: AcquireOptions): Promise<HeldTagLock> {
  const { refs, clock, timing, scope } = lock;
  const ref = lockRef(scope);
  const token = randomUUID();
  const deadlineMs = clock.nowMs() + timing.waitMs;
  let isTold = false;
  let refusals = 0;
  for (;;) {
    signal.throwIfAborted();
    const found = await refs.read(ref);
    const state = found && parseState(found.message);
    const nowMs = clock.nowMs();
    // The answer to an earlier try may have been lost.
    if (found !== undefined && state?.token === token) return hold(lock, token, { sha: found.sha, state });
    if (found === undefined || isFree(state, nowMs - timing.skewMs)) {
      const mine = makeState(lock, token, recall(state, nowMs - timing.rememberMs));
      const message = renderState(mine);
      const sha = found === undefined ? await refs.create(ref, message) : await refs.advance(ref, found.sha, message);
      if (sha !== undefined) return hold(lock, token, { sha, state: mine });
      // Somebody who was quicker shows by the next look.
      refusals = found === undefined ? refusals + 1 : 0;
      if (refusals > MAX_REFUSALS) throw refused(ref);
    } else if (!isTold) {
      onWait(state?.holder ?? 'an unknown run');
      isTold = true;
    }
    if (nowMs > deadlineMs) throw stillTaken(scope, state);
    // Waiters that ask at the same moment would go on doing so.
    await clock.sleep(timing.pollMs * (0.5 + Math.random()), signal);
  }
}

function hold(lock: Lock, token: string, at: { readonly sha: string; readonly state: LockState }): HeldTagLock {
  const { refs, clock, timing, scope } = lock;
  const ref = lockRef(scope);
  let { sha, state } = at;
  const move = async (next: LockState): Promise<void> => {
    const moved = await refs.advance(ref, sha, renderState(next));
    const found = moved === undefined ? await refs.read(ref) : undefined;
    // An answer that got lost leaves our own words there.
    if (moved === undefined && found?.message !== renderState(next)) throw lost(scope);
    sha = moved ?? found?.sha ?? sha;
    state = next;
  };
  let turn: Promise<void> = Promise.resolve();
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const done = turn.then(work);
    turn = done.catch(() => undefined);
    return done;
  };
  return {
    written: new Map(Object.entries(state.written).map(([reference, { digest }]) => [reference, digest])),
    confirm: () =>
      inTurn(async () => {
        const leftMs = state.expiresAtMs - clock.nowMs();
        if (leftMs < timing.leaseMs / 2) await move(makeState(lock, token, state.written));
      }),
    release: (written) =>
      inTurn(async () => {
        const atMs = clock.nowMs();
        const fresh = Object.fromEntries([...written].map(([reference, digest]) => [reference, { digest, atMs }]));
        const everything = { ...recall(state, atMs - timing.rememberMs), ...fresh };
        await move({ ...makeState(lock, null, everything), expiresAtMs: 0 });
      }),
  };
}

function makeState(lock: Lock, token: string | null, written: LockState['written']): LockState {
  const { scope, holder, clock, timing } = lock;
  return { scope, token, holder, expiresAtMs: clock.nowMs() + timing.leaseMs, written };
}

function isFree(state: LockState | undefined, nowMs: number): boolean {
  return state === undefined || state.token === null || state.expiresAtMs < nowMs;
}

function recall(state: LockState | undefined, sinceMs: number): LockState['written'] {
  return Object.fromEntries(Object.entries(state?.written ?? {}).filter(([, { atMs }]) => atMs > sinceMs));
}

function renderState(state: LockState): string {
  return `aimctl: tags of ${state.scope}\n\n${JSON.stringify(state)}\n`;
}

/** Undefined for a text that is none of ours: such a reference protects nothing and may be taken. */
function parseState(message: string): LockState | undefined {
  try {
    const state = JSON.parse(message.slice(message.indexOf('\n\n') + 2)) as Partial<LockState>;
    const isWhole = typeof state.expiresAtMs === 'number' && typeof state.written === 'object';
    return isWhole ? (state as LockState) : undefined;
  } catch {
    return undefined;
  }
}

function stillTaken(scope: string, state: LockState | undefined): Error {
  return failure('remote', {
    message: `the lock for the tags of ${scope} stays taken by ${state?.holder ?? 'another run'}`,
    hint: `Run it again when that run has ended. The lock is the git reference ${lockRef(scope)}.`,
  });
}

function refused(ref: string): Error {
  return failure('remote', {
    message: `GitHub does not let ${ref} be created, though it does not exist`,
    hint: 'Check the rules of the repository for references of this name.',
  });
}

function lost(scope: string): Error {
  return failure('remote', {
    message: `another run took over the lock for the tags of ${scope}, as this one was silent for too long`,
    hint: 'Run it again: what was written is recognised.',
  });
}
