import { planSearch, type MeasuredLoad } from '../stats/search.ts';
import type { PointSpec } from '../point.ts';
import type { RepeatResult } from '../result.ts';
import { planSearchPoint, type PlannedPoint, type PlannedSearch, type RunPlan, type Workload } from './plan.ts';

/** What a search does next; `done` names the point of the highest load that met the limits. */
export type SearchDecision =
  | { readonly kind: 'measure'; readonly point: PlannedPoint }
  | { readonly kind: 'done'; readonly best: PlannedPoint | undefined };

/** Share of requests that must meet every limit where nothing else is said. */
export const DEFAULT_GOOD_SHARE = 0.99;

/** A load whose numbers could not be used so often counts as one that missed the limits. */
const MOST_INVALID = 3;

/**
 * Decides the next load from those that were measured once; the same repeats lead to the same decision, which is how
 * a search is resumed.
 */
export function planSearchStep(
  workload: Workload,
  search: PlannedSearch,
  {
    repeats,
    requiredShare,
  }: { readonly repeats: (key: string) => readonly RepeatResult[]; readonly requiredShare: number },
): SearchDecision {
  const { kind, least, most } = search.bounds;
  const measured: MeasuredLoad[] = [];
  for (;;) {
    const step = planSearch({ least, most, whole: kind === 'concurrency' }, measured);
    if (step.kind === 'done') {
      const best = step.load === null ? undefined : planSearchPoint(workload, search, step.load);
      return { kind: 'done', best };
    }
    const point = planSearchPoint(workload, search, step.load);
    const seen = repeats(point.key);
    const counted = seen.find(({ valid }) => valid) ?? (seen.length < MOST_INVALID ? undefined : seen.at(-1));
    if (counted === undefined) return { kind: 'measure', point };
    measured.push({ load: step.load, ...judgeLoad(counted, requiredShare) });
  }
}

/** What a search came to. */
export interface SearchOutcome {
  readonly key: string;
  /** The point of the highest load that met the limits; null when none did, or it is not known yet. */
  readonly best: string | null;
}

/** What the searches of a plan came to. */
export function findSearched(
  { workload, servers }: RunPlan,
  measured: Parameters<typeof planSearchStep>[2],
): SearchOutcome[] {
  return servers.flatMap(({ searches }) =>
    searches.map((search) => {
      const step = planSearchStep(workload, search, measured);
      return { key: search.key, best: step.kind === 'done' ? (step.best?.key ?? null) : null };
    }),
  );
}

/** Whether a repeat met the limits, and how near it came. A repeat that is not valid met nothing. */
export function judgeLoad(
  { spec, corrected, valid }: RepeatResult,
  requiredShare: number,
): { readonly pass: boolean; readonly margin?: number } {
  const pass = valid && (corrected.goodShare ?? 0) >= requiredShare;
  const margin = worstMargin(spec, corrected);
  return margin === undefined || !valid ? { pass } : { pass, margin };
}

/** The worst 99th percentile as a share of its limit. */
function worstMargin({ serviceLevel }: PointSpec, corrected: RepeatResult['corrected']): number | undefined {
  const { ttftMs, tpotMs, e2elMs } = serviceLevel ?? {};
  const shares = [
    ttftMs === undefined ? undefined : corrected.firstContentToken.p99 / ttftMs,
    tpotMs === undefined ? undefined : corrected.tpot.p99 / tpotMs,
    e2elMs === undefined ? undefined : corrected.latency.p99 / e2elMs,
  ].filter((share) => share !== undefined && Number.isFinite(share) && share > 0);
  return shares.length === 0 ? undefined : Math.max(...(shares as number[]));
}
