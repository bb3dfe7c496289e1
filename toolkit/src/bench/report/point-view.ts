import type { Estimate, LatencyCurves, PointResult } from '../result.ts';
import { describeDataset, describeLoad } from '../summary/describe-point.ts';
import type { FigureName } from '../summary/figures.ts';
import type { Timeline } from './timeline.ts';

/** A point as reports show it. */
export interface PointView {
  readonly index: number;
  readonly key: string;
  readonly profile: string;
  /** Which of the report's profiles, for colours and filters. */
  readonly profileIndex: number;
  readonly load: string;
  /** Requests at once or per second, to sort by. */
  readonly loadSize: number;
  readonly dataset: string;
  readonly validRepeats: number;
  readonly repeats: number;
  readonly reasons: readonly string[];
  readonly estimates: Readonly<Partial<Record<FigureName, Estimate>>>;
  /** Mean over the valid repeats; undefined without one. */
  readonly curves: LatencyCurves | undefined;
  readonly timeline: Timeline | undefined;
}

/** Profiles of a result in the order of their first points; endpoints without one are called by their host. */
export function listProfiles(points: readonly PointResult[], host: string): readonly string[] {
  return [...new Set(points.map(({ profile }) => profile ?? host))];
}

/** What reports show of a point. @param timelines time lines by the point's key */
export function viewPoints(
  points: readonly PointResult[],
  host: string,
  timelines: ReadonlyMap<string, Timeline>,
): readonly PointView[] {
  const profiles = listProfiles(points, host);
  return points.map((point, index) => {
    const [first] = point.repeats;
    const profile = point.profile ?? host;
    return {
      index,
      key: point.key,
      profile,
      profileIndex: profiles.indexOf(profile),
      load: first === undefined ? 'not measured' : describeLoad(first.spec.load),
      loadSize: first === undefined ? 0 : sizeOf(first.spec.load),
      dataset: first === undefined ? '' : describeDataset(first.spec.dataset),
      validRepeats: point.repeats.filter(({ valid }) => valid).length,
      repeats: point.repeats.length,
      reasons: [...new Set(point.repeats.flatMap(({ reasons }) => reasons))],
      estimates: point.estimates,
      curves: averageCurves(point),
      timeline: timelines.get(point.key),
    };
  });
}

function sizeOf(load: PointResult['repeats'][number]['spec']['load']): number {
  switch (load.kind) {
    case 'concurrency':
      return load.concurrency;
    case 'rate':
      return load.requestsPerSecond;
    case 'ramp':
      return load.toRequestsPerSecond;
    case 'trace':
      return load.speed;
  }
}

function averageCurves({ repeats }: PointResult): LatencyCurves | undefined {
  const valid = repeats.filter((repeat) => repeat.valid).map(({ corrected }) => corrected.curves);
  const average = (name: keyof LatencyCurves) => {
    const curves = valid.map((each) => each[name]).filter((curve) => curve.length > 0);
    const [first = []] = curves;
    return first.map((_, at) => curves.reduce((sum, curve) => sum + (curve[at] ?? 0), 0) / curves.length);
  };
  if (valid.length === 0) return undefined;
  return {
    firstContentToken: average('firstContentToken'),
    tokenGap: average('tokenGap'),
    latency: average('latency'),
  };
}
