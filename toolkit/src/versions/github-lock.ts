import { createHash, randomUUID } from 'node:crypto';
import { failure } from '../exit-codes.ts';
import type { Clock } from '../oci/clock.ts';
import { isFree, parseState, recall, renderState, type LockState } from './github-lock-state.ts';
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
  /** The first pause of those who wait; each one is twice the one before it. */
  readonly pollMs: number;
  readonly longestPollMs: number;
  readonly waitMs: number;
  /** How long tags that were written are told to later holders: longer than any registry lags. */
  readonly rememberMs: number;
}

/** Timing unless another is given. */
export const GITHUB_LOCK_TIMING: GitHubLockTiming = {
  leaseMs: 16 * 60_000,
  skewMs: 60_000,
  pollMs: 3_000,
  longestPollMs: 20_000,
  waitMs: 30 * 60_000,
  rememberMs: 60 * 60_000,
};

/** Times that GitHub may refuse to create or move a reference though nobody else did. */
const MAX_REFUSALS = 3;
/** How often a holder shows itself within a lease: several of its commits may fail before the lock is lost. */
const BEATS_PER_LEASE = 4;
const PREFIX = 'refs/aim/locks/';

/**
 * A lock of all pipelines that share a repository: a git reference below `refs/aim/locks/` whose chain of commits
 * says who holds it. Taking, keeping and letting go are commits upon the last one seen, which git accepts from one of
 * several only. The last holders' tags are part of it.
 */
export function createGitHubLock(options: GitHubLockOptions): TagLock {
  const timing = options.timing ?? GITHUB_LOCK_TIMING;
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
  for (let polls = 0; ; polls++) {
    const found = await refs.read(ref);
    const state = found && parseState(found.message);
    const nowMs = clock.nowMs();
    // The answer to an earlier try may have been lost.
    if (found !== undefined && state?.token === token) return hold(lock, token, { sha: found.sha, state });
    signal.throwIfAborted();
    if (found === undefined || isFree(state, nowMs - timing.skewMs)) {
      const mine = makeState(lock, token, recall(state, nowMs - timing.rememberMs));
      const message = renderState(mine);
      const sha = found === undefined ? await refs.create(ref, message) : await refs.advance(ref, found.sha, message);
      if (sha !== undefined) return hold(lock, token, { sha, state: mine });
      // Somebody who was quicker shows by the next look.
      refusals = found === undefined ? refusals + 1 : 0;
      if (refusals > MAX_REFUSALS) throw refused(ref, 'created, though it does not exist');
    } else if (!isTold) {
      onWait(state?.holder ?? 'an unknown run');
      isTold = true;
    }
    if (nowMs > deadlineMs) throw stillTaken(scope, state);
    // Waiters that ask at the same moment would go on doing so.
    const pauseMs = Math.min(timing.pollMs * 2 ** polls, timing.longestPollMs);
    await clock.sleep(pauseMs * (0.5 + Math.random()), signal);
  }
}

/** Holds it until it is released, and shows meanwhile that the holder is alive. */
function hold(lock: Lock, token: string, at: { readonly sha: string; readonly state: LockState }): HeldTagLock {
  const { refs, clock, timing, scope } = lock;
  const ref = lockRef(scope);
  let { sha, state } = at;
  const move = async (next: LockState): Promise<void> => {
    const message = renderState(next);
    for (let tries = 1; ; tries++) {
      const moved = await refs.advance(ref, sha, message);
      const found = moved === undefined ? await refs.read(ref) : { sha: moved, message };
      // An answer that got lost leaves our own words there.
      if (found?.message === message) {
        sha = found.sha;
        state = next;
        return;
      }
      if (found?.sha !== sha) throw lost(scope);
      if (tries === MAX_REFUSALS) throw refused(ref, 'moved, though nobody else moved it');
    }
  };
  let turn: Promise<void> = Promise.resolve();
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const done = turn.then(work);
    turn = done.catch(() => undefined);
    return done;
  };
  const renew = () => move(makeState(lock, token, state.written));
  // A beat that fails is made up for by the next one, or by whoever asks whether the lock is still held.
  const beat = () => void inTurn(renew).catch(() => undefined);
  const heart = setInterval(beat, timing.leaseMs / BEATS_PER_LEASE).unref();
  return {
    written: new Map(Object.entries(state.written).map(([reference, { digest }]) => [reference, digest])),
    confirm: () =>
      inTurn(async () => {
        const leftMs = state.expiresAtMs - clock.nowMs();
        if (leftMs < timing.leaseMs / 2) await renew();
      }),
    release: (written) => {
      clearInterval(heart);
      return inTurn(async () => {
        const atMs = clock.nowMs();
        const fresh = Object.fromEntries([...written].map(([reference, digest]) => [reference, { digest, atMs }]));
        const everything = { ...recall(state, atMs - timing.rememberMs), ...fresh };
        await move({ ...makeState(lock, null, everything), expiresAtMs: 0 });
      });
    },
  };
}

function makeState(lock: Lock, token: string | null, written: LockState['written']): LockState {
  const { scope, holder, clock, timing } = lock;
  return { scope, token, holder, expiresAtMs: clock.nowMs() + timing.leaseMs, written };
}

function stillTaken(scope: string, state: LockState | undefined): Error {
  return failure('remote', {
    message: `the lock for the tags of ${scope} stays taken by ${state?.holder ?? 'another run'}`,
    hint: `Run it again when that run has ended. The lock is the git reference ${lockRef(scope)}.`,
  });
}

function refused(ref: string, what: string): Error {
  return failure('remote', {
    message: `GitHub does not let ${ref} be ${what}`,
    hint: 'Check the rules of the repository for references of this name.',
  });
}

function lost(scope: string): Error {
  return failure('remote', {
    message: `another run took over the lock for the tags of ${scope}, as this one was silent for too long`,
    hint: 'Run it again: what was written is recognised.',
  });
}
