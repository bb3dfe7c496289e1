import type { PlannedTurn } from '../load/request.ts';
import type { PointSpec } from '../point.ts';
import type { RequestRecord } from '../record.ts';
import type { ThreadHealth } from './loop-watch.ts';

/** What a sending thread is given when it is made. */
export interface ThreadSetup {
  readonly baseUrl: string;
  readonly endpoint: PointSpec['endpoint'];
  readonly model: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly requestTimeoutMs: number;
  readonly keepText: boolean;
  /** 0 of the point's clock on `process.hrtime`'s. */
  readonly zeroMonotonicMs: number;
  /** Pause between the turns of a conversation. */
  readonly thinkTimeMs: number;
  /** Int32Array of {@link COUNTERS}, shared by all threads. */
  readonly counters: SharedArrayBuffer;
  /** Tasks a thread wants to have waiting. */
  readonly lookahead: number;
}

/** Places in the shared counters. */
export const COUNTERS = { sent: 0, done: 1, failed: 2 } as const;

/** One arrival: a request, or the turns of a conversation. */
export interface Task {
  /** Of the first turn's record; the others follow. */
  readonly index: number;
  /** Absent in closed loops, where the freed slot says when. */
  readonly intendedMs?: number;
  /** Of the first turn; later ones depend on answers. */
  readonly body: Uint8Array<ArrayBuffer>;
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  readonly conversation?: { readonly session: number; readonly turns: readonly PlannedTurn[] };
}

export interface Phase {
  readonly name: RequestRecord['phase'];
  /** Arrivals under way at the same time in this thread; null for no limit. */
  readonly slots: number | null;
  /** Tasks say when they are due. */
  readonly paced: boolean;
  readonly startMs: number;
  /** Nothing is sent from this moment on. */
  readonly untilMs: number | null;
}

/** To a sending thread. */
export type Order =
  | { readonly type: 'phase'; readonly phase: Phase }
  | { readonly type: 'tasks'; readonly tasks: readonly Task[]; readonly last: boolean }
  /** Asks for records and health; the thread ends after its answer. */
  | { readonly type: 'collect' };

/** From a sending thread. */
export type Answering =
  | { readonly type: 'ready' }
  | { readonly type: 'need'; readonly count: number }
  /** All tasks of the phase have ended, the last one at this time. */
  | { readonly type: 'phase-done' }
  /** Records as client events, JSON lines: text crosses threads at the least cost. */
  | { readonly type: 'lines'; readonly lines: string }
  | { readonly type: 'collected'; readonly lastEndMs: number | undefined; readonly health: ThreadHealth };
