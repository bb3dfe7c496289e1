import type { RequestRecord } from '../record.ts';

/** When tokens of one request arrived: frames that carried any, with how many. */
export interface TokenFrame {
  readonly atMs: number;
  /** Above 0; a fraction where the server only tells the total. */
  readonly tokens: number;
}

/**
 * The frames of a request that brought tokens. Where the server told no running count, the total is spread evenly over
 * the events with content, and without a total each of them counts as one.
 */
export function selectTokenFrames(record: RequestRecord): readonly TokenFrame[] {
  const { eventTimesMs, eventTokens, firstContentMs, outputTokens } = record;
  if (eventTokens !== undefined) {
    return eventTimesMs.flatMap((atMs, at) => {
      const tokens = eventTokens[at] ?? 0;
      return tokens > 0 ? [{ atMs, tokens }] : [];
    });
  }
  // Events before the first content only open the answer: chat streams begin with one that names the role.
  const times = eventTimesMs.filter((atMs) => firstContentMs === undefined || atMs >= firstContentMs);
  const tokens = outputTokens === undefined || times.length === 0 ? 1 : outputTokens / times.length;
  return times.map((atMs) => ({ atMs, tokens }));
}

/** Number of gaps that {@link fillTokenGaps} gives for these frames. */
export function countTokenGaps(frames: readonly TokenFrame[]): number {
  return frames.slice(1).reduce((sum, { tokens }) => sum + Math.max(1, Math.round(tokens)), 0);
}

/**
 * Writes the gap of each token after the first frame into `target` from `start` on: a frame of k tokens, g after the
 * frame before it, counts k times g/k. Returns the index after the last.
 */
export function fillTokenGaps(frames: readonly TokenFrame[], target: Float64Array, start: number): number {
  let next = start;
  for (let at = 1; at < frames.length; at++) {
    const [before, frame] = [frames[at - 1], frames[at]];
    if (before === undefined || frame === undefined) continue;
    const count = Math.max(1, Math.round(frame.tokens));
    target.fill((frame.atMs - before.atMs) / frame.tokens, next, next + count);
    next += count;
  }
  return next;
}

/** Mean time per token after the first frame, milliseconds; undefined with a single frame. */
export function meanTokenGapMs(frames: readonly TokenFrame[]): number | undefined {
  const [first, last] = [frames[0], frames.at(-1)];
  if (first === undefined || last === undefined || frames.length < 2) return undefined;
  const after = frames.slice(1).reduce((sum, { tokens }) => sum + tokens, 0);
  return (last.atMs - first.atMs) / after;
}
