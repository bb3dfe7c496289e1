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

/** What decides whether two points are the same one. */
export type Shape = Pick<PointSpec, 'endpoint' | 'load' | 'dataset'>;

/**
 * Pairs the points of two results by profile, load and data. Results of one profile each are compared whatever their
 * profiles are called: that is how a profile is held against another.
 * @throws AimError usage when a point of the same key has another shape, or nothing can be compared
 */
export function matchPoints(before: BenchResult, after: BenchResult): Matching {
  refuseOtherShapes(before, after);
  const named = countsProfiles(before.points, after.points);
  const second = new Map(after.points.map((point) => [placeOf(point, named), point]));
  const pairs = before.points.map((point) => ({ before: point, after: second.get(placeOf(point, named)) }));
  if (!pairs.some((pair) => pair.after !== undefined)) throw nothingToCompare(listShapes(before), listShapes(after));
  const paired = new Set(pairs.map((pair) => pair.after));
  return { pairs, added: after.points.filter((point) => !paired.has(point)) };
}

/** A point that is going to be measured. */
export interface PlannedShape extends Shape {
  readonly profile: string | null;
}

/**
 * The points of an earlier result that are planned to be measured again.
 * @throws AimError usage when there are none
 */
export function selectPlanned(before: BenchResult, planned: readonly PlannedShape[]): readonly PointResult[] {
  const named = countsProfiles(before.points, planned);
  const places = new Set(planned.map((shape) => placeOfShape(shape, named)));
  const points = before.points.filter((point) => places.has(placeOf(point, named)));
  if (points.length === 0) throw nothingToCompare(listShapes(before), planned.map(describeSpec));
  return points;
}

type Profiled = Pick<PointResult, 'profile'>;

function countsProfiles(...lists: readonly (readonly Profiled[])[]): boolean {
  return lists.some((points) => new Set(points.map(({ profile }) => profile)).size > 1);
}

/** The key of a point without repeats is all that is known of it. */
function placeOf({ key, profile, repeats: [first] }: PointResult, named: boolean): string {
  if (first === undefined) return JSON.stringify([named ? profile : null, key]);
  const { endpoint, load, dataset } = first.spec;
  return placeOfShape({ profile, endpoint, load, dataset }, named);
}

function placeOfShape({ profile, ...shape }: PlannedShape, named: boolean): string {
  return JSON.stringify([named ? profile : null, shapeOf(shape)]);
}

/** All that decides what a server is given, in one order of keys. A file is known by its content, wherever it is. */
function shapeOf({ endpoint, load, dataset }: Shape): unknown {
  const isKnownFile = 'digest' in dataset;
  const data = Object.entries(dataset).filter(([name]) => !(isKnownFile && name === 'path'));
  return [endpoint, ...[Object.entries(load), data].map((each) => each.sort(([a], [b]) => (a < b ? -1 : 1)))];
}

function refuseOtherShapes(before: BenchResult, after: BenchResult): void {
  const second = new Map(after.points.map((point) => [point.key, point]));
  const details = before.points.flatMap((point) => {
    const other = second.get(point.key);
    const [spec, otherSpec] = [point.repeats[0]?.spec, other?.repeats[0]?.spec];
    if (spec === undefined || otherSpec === undefined) return [];
    if (JSON.stringify(shapeOf(spec)) === JSON.stringify(shapeOf(otherSpec))) return [];
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
const DIGEST_SHOWN = 12;

function nothingToCompare(first: readonly string[], second: readonly string[]): Error {
  const list = (shapes: readonly string[]) => [...new Set(shapes)].slice(0, MOST_LISTED).join('; ') || 'no points';
  return failure('usage', {
    message: 'the results have no point in common',
    hint: 'Measure both with the same profiles, loads, lengths and endpoint.',
    details: [`first: ${list(first)}`, `second: ${list(second)}`],
  });
}

function describeSpec(shape: Shape): string {
  const { dataset, endpoint } = shape;
  const content = 'digest' in dataset ? ` (SHA-256 ${dataset.digest.slice(0, DIGEST_SHOWN)})` : '';
  return `${describeShape(shape)}${content}, ${endpoint}`;
}
