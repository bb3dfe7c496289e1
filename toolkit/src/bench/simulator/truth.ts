import type { FaultKind } from './fault.ts';

/** What really happened to one request; times are milliseconds since {@link GroundTruth.monotonicMs}. */
export interface TruthRecord {
  /** The request's `x-request-id`, else its number. */
  readonly requestId: string;
  /** Counted from 0 over all generation requests since the start or the last reset. */
  readonly index: number;
  /** Headers and body were there. */
  readonly receivedMs: number;
  /** First time it was computed; absent when it never was. */
  readonly admittedMs?: number;
  readonly endedMs: number;
  /** Just before each frame with non-empty `choices` was written, in order. */
  readonly frameTimesMs: readonly number[];
  /** Tokens that each of these frames carries; 0 for a chat's first frame, which only tells the role. */
  readonly frameTokens: readonly number[];
  readonly promptTokens: number;
  readonly cachedTokens: number;
  readonly outputTokens: number;
  readonly preemptions: number;
  readonly fault: FaultKind | null;
  /** The answer was written to its end, as far as the fault lets it; false when the client left. */
  readonly complete: boolean;
}

/** Everything since the start or the last reset. */
export interface GroundTruth {
  /** The system's monotonic clock (as `process.hrtime`) at time 0; the same for all processes of a machine. */
  readonly monotonicMs: number;
  /** Wall-clock time of 0. */
  readonly epochMs: number;
  readonly records: readonly TruthRecord[];
  /** Requests left out because the limit of remembered frames was reached. */
  readonly dropped: number;
}

/** Collects what happened. */
export interface TruthLog {
  add(record: TruthRecord): void;
  read(): GroundTruth;
  clear(): void;
}

/** @param maxFrames limit of frames remembered, which bounds memory */
export function createTruthLog(maxFrames: number): TruthLog {
  const monotonicMs = Number(process.hrtime.bigint()) / 1e6 - performance.now();
  let records: TruthRecord[] = [];
  let frames = 0;
  let dropped = 0;
  return {
    add: (record) => {
      frames += record.frameTimesMs.length;
      if (frames > maxFrames) dropped += 1;
      else records.push(record);
    },
    read: () => ({ monotonicMs, epochMs: performance.timeOrigin, records, dropped }),
    clear: () => {
      records = [];
      [frames, dropped] = [0, 0];
    },
  };
}
