import type { PointView } from '../point-view.ts';

/** Attributes that colour a mark, and by which filters and the table find it. */
export function seriesOf(profileIndex: number, pointIndex?: number): Readonly<Record<string, string | undefined>> {
  return {
    class: `series c${profileIndex % 8}`,
    'data-profile': String(profileIndex),
    'data-point': pointIndex === undefined ? undefined : String(pointIndex),
  };
}

/** A point in one line. */
export function nameOf({ profile, load, dataset }: PointView): string {
  return [profile, load, dataset].filter((part) => part !== '').join(', ');
}
