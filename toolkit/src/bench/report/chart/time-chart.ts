import type { Series } from '../timeline.ts';
import { axesOf, renderFrame } from './frame.ts';
import { linearScale } from './scale.ts';
import { element, linePath, type Markup, type Place } from './svg.ts';

/** The axis goes on above the highest value, so that the key covers no line. */
const ROOM_FOR_KEY = 1.2;
const SIZE = { width: 440, height: 220 };

/** What is drawn over time: up to two series with their colours' classes. */
export interface TimeChart {
  readonly label: string;
  readonly unit: string;
  readonly lines: readonly { readonly kind: string; readonly label: string; readonly series: Series }[];
  /** Highest value there can be, where there is one. */
  readonly most?: number;
}

/** Values over the seconds of a point; undefined where nothing was reported. */
export function renderTimeChart({ label, unit, lines, most }: TimeChart): Markup | undefined {
  const known = lines.filter(({ series }) => series.length > 0);
  if (known.length === 0) return undefined;
  const axes = axesOf(SIZE);
  const all = known.flatMap(({ series }) => series);
  const x = linearScale(Math.max(1, ...all.map(([atS]) => atS)), axes.x, 6);
  const y = linearScale(most ?? ROOM_FOR_KEY * Math.max(1, ...all.map(([, value]) => value)), axes.y, 4);
  const marks = known.map(({ kind, label: name, series }) => {
    const places = series
      .filter(([atS]) => atS >= 0)
      .map(([atS, value]): Place => [x.place(atS), y.place(Math.min(value, most ?? value))]);
    return element('path', { class: `line ${kind}`, d: linePath(places) }, element('title', {}, name));
  });
  const legend = known.length > 1 ? known.map((each, at) => renderKey(each, at)) : [];
  const title = `${label} over time`;
  const yLabel = unit === '' ? label : `${label} [${unit}]`;
  return renderFrame(
    { size: SIZE, x, y, kind: 'time', xLabel: 'time [s]', yLabel, title },
    [...marks, ...legend].join(''),
  );
}

function renderKey({ kind, label }: { readonly kind: string; readonly label: string }, at: number): Markup {
  const x = axesOf(SIZE).x.from + 12 + at * 100;
  return (
    element('line', { class: `line ${kind}`, x1: x, x2: x + 18, y1: 18, y2: 18 }) +
    element('text', { class: 'key', x: x + 24, y: 22 }, label)
  );
}
