import { failure } from '../../exit-codes.ts';
import { describeShape } from '../summary/describe-point.ts';
import type { PointSpec } from '../point.ts';
import type { BenchResult, PointResult } from '../result.ts';

/** The same load on the same data, measured twice. */
export interface PointPair {
  readonly before: PointResult;
  /** Undefined when it was not measured again. */
  readonly after: PointResult | undefined;
}

export interface Matching {
  readonly pairs: readonly PointPair[];
  /** Points that only the second result has. */
  readonly added: readonly PointResult[];
}

/**
 * Pairs the points of two results by profile, load and data. Results of one profile each are compared whatever their
 * profiles are called: that is how a profile is held against another.
 * @throws AimError usage when a point of the same key has another shape, or nothing can be compared
 */
export function matchPoints(before: BenchResult, after: BenchResult): Matching {
  refuseOtherShapes(before, after);
  const named = [before, after].some(({ points }) => new Set(points.map(({ profile }) => profile)).size > 1);
  const keyOf = (point: PointResult) => JSON.stringify([named ? point.profile : null, shapeOf(point)]);
  const second = new Map(after.points.map((point) => [keyOf(point), point]));
  const pairs = before.points.map((point) => ({ before: point, after: second.get(keyOf(point)) }));
  if (!pairs.some((pair) => pair.after !== undefined)) throw nothingToCompare(listShapes(before), listShapes(after));
  const paired = new Set(pairs.map((pair) => pair.after));
  return { pairs, added: after.points.filter((point) => !paired.has(point)) };
}

/** All that decides what a server is given, in one order of keys; the key of a point without repeats. */
function shapeOf({ key, repeats: [first] }: PointResult): unknown {
  return first === undefined ? key : shapeOfSpec(first.spec);
}

type Shape = Pick<PointSpec, 'endpoint' | 'load' | 'dataset'>;

/**
 * Looks before anything is measured whether it will be comparable.
 * @throws AimError usage when an earlier result has none of the shapes that are planned
 */
export function refuseIncomparable(before: BenchResult, planned: readonly Shape[]): void {
  const known = new Set(before.points.map((point) => JSON.stringify(shapeOf(point))));
  if (planned.length === 0 || planned.some((shape) => known.has(JSON.stringify(shapeOfSpec(shape))))) return;
  throw nothingToCompare(listShapes(before), planned.map(describeSpec));
}

function shapeOfSpec({ endpoint, load, dataset }: Shape): unknown {
  return [endpoint, ...[load, dataset].map((each) => Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))];
}

function refuseOtherShapes(before: BenchResult, after: BenchResult): void {
  const second = new Map(after.points.map((point) => [point.key, point]));
  const details = before.points.flatMap((point) => {
    const other = second.get(point.key);
    const [spec, otherSpec] = [point.repeats[0]?.spec, other?.repeats[0]?.spec];
    if (spec === undefined || otherSpec === undefined) return [];
    if (JSON.stringify(shapeOfSpec(spec)) === JSON.stringify(shapeOfSpec(otherSpec))) return [];
    return [`${point.key}: ${describeSpec(spec)} against ${describeSpec(otherSpec)}`];
  });
  if (details.length === 0) return;
  throw failure('usage', {
    message: 'points of the same name have different shapes: their numbers cannot be compared',
    hint: 'Measure both with the same load, lengths and endpoint.',
    details,
  });
}

function listShapes({ points }: BenchResult): string[] {
  return points.map(({ repeats: [first], key }) => (first === undefined ? key : describeSpec(first.spec)));
}

const MOST_LISTED = 10;

function nothingToCompare(first: readonly string[], second: readonly string[]): Error {
  const list = (shapes: readonly string[]) => [...new Set(shapes)].slice(0, MOST_LISTED).join('; ') || 'no points';
  return failure('usage', {
    message: 'the results have no point in common',
    hint: 'Measure both with the same profiles, loads, lengths and endpoint.',
    details: [`first: ${list(first)}`, `second: ${list(second)}`],
  });
}

function describeSpec(shape: Shape): string {
  return `${describeShape(shape)}, ${shape.endpoint}`;
}
