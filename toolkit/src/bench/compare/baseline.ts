import { failure } from '../../exit-codes.ts';
import type { BenchResult } from '../result.ts';
import type { RunPlan } from '../run/plan.ts';
import { selectPlanned } from './match.ts';

/** A verdict needs a spread, which a single repeat does not have. */
const FEWEST_REPEATS = 2;

/**
 * What a planned run is going to be held against: the points of an earlier result that it measures again. Everything
 * that would leave it without verdicts is said before anything is measured.
 * @throws AimError usage when the runs could not be compared
 */
export function selectBaseline(before: BenchResult, { workload, servers }: RunPlan): BenchResult {
  if (servers.some(({ searches }) => searches.length > 0)) {
    throw failure('usage', {
      message: '--search-slo finds its loads while it measures: they need not be those of the baseline',
      hint: 'Leave --baseline out, or measure loads of the baseline with --concurrency or --request-rate.',
    });
  }
  if (workload.repeats.most < FEWEST_REPEATS) {
    throw failure('usage', {
      message: 'a single repeat does not show whether a difference from the baseline is chance',
      hint: 'Leave --repeats out, or give 3 or more.',
    });
  }
  const { endpoint } = workload;
  const planned = servers.flatMap(({ subject: { profile }, points }) =>
    points.map(({ load, dataset }) => ({ profile, endpoint, load, dataset })),
  );
  const points = selectPlanned(before, planned);
  if (points.some(({ repeats }) => repeats.filter(({ valid }) => valid).length >= FEWEST_REPEATS)) {
    return { ...before, points };
  }
  throw failure('usage', {
    message: 'no point of the baseline that is measured again has two valid repeats: nothing could be judged',
    hint: 'Measure the baseline again, without --repeats or with 3 or more.',
  });
}
