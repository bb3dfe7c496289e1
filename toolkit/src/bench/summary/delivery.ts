import type { PointSpec } from '../point.ts';
import type { RequestRecord } from '../record.ts';

/** How far the delivered load may be off the wanted one. */
const TOLERANCE = 0.01;

/**
 * Whether the load that reached the server was not the one that was asked for: a rate must be delivered within 1 %; a
 * closed loop must have had all its requests running at once, and 99 % of them on average between the first time it had
 * and its last request.
 */
export function isLoadUndelivered({ load, dataset }: PointSpec, records: readonly RequestRecord[]): boolean {
  if (load.kind === 'concurrency') {
    // Users who think between their turns send nothing meanwhile.
    if (dataset.kind === 'multi-turn' && dataset.thinkTimeMs > 0) return false;
    const sent = records.map(({ sentMs }) => sentMs).sort((a, b) => a - b);
    const wanted = Math.min(load.concurrency, records.length);
    const [fullMs = 0, lastMs = 0] = [sent[wanted - 1], sent.at(-1)];
    const { peak, mean } = computeConcurrency(records, fullMs, lastMs);
    return peak !== wanted || mean < wanted * (1 - TOLERANCE);
  }
  // The wait behind a limit of the user's own is the server's doing, and is counted as a wait.
  if (load.kind === 'rate' && load.maxConcurrency !== undefined) return false;
  const [intended, sent] = [spanOf(records, 'intendedMs'), spanOf(records, 'sentMs')];
  return intended > 0 && Math.abs(sent / intended - 1) > TOLERANCE;
}

function spanOf(records: readonly RequestRecord[], key: 'intendedMs' | 'sentMs'): number {
  let [least, most] = [Infinity, -Infinity];
  for (const record of records) {
    least = Math.min(least, record[key]);
    most = Math.max(most, record[key]);
  }
  return most - least;
}

/** Requests at the server: the most at once, and the mean between two moments. A request that ends makes room first. */
export function computeConcurrency(
  records: readonly Pick<RequestRecord, 'sentMs' | 'endMs'>[],
  fromMs: number,
  toMs: number,
): { readonly peak: number; readonly mean: number } {
  const changes = records
    .flatMap(({ sentMs, endMs }) => [
      [sentMs, 1],
      [endMs, -1],
    ])
    .sort(([a = 0, up = 0], [b = 0, upToo = 0]) => a - b || up - upToo);
  let [running, peak] = [0, 0];
  let [lastMs, runningMs] = [fromMs, 0];
  for (const [atMs = 0, change = 0] of changes) {
    const untilMs = Math.min(Math.max(atMs, fromMs), toMs);
    runningMs += running * (untilMs - lastMs);
    lastMs = untilMs;
    running += change;
    peak = Math.max(peak, running);
  }
  return { peak, mean: toMs > fromMs ? runningMs / (toMs - fromMs) : peak };
}
