import type { LatencyCurves } from '../../result.ts';
import { CURVE_SHARES } from '../../summary/curve.ts';
import { escapeHtml } from '../../../documents/escape-html.ts';
import { renderNumber } from '../numbers.ts';
import type { PointView } from '../point-view.ts';
import { axesOf, renderFrame } from './frame.ts';
import { nameOf, seriesOf } from './marks.ts';
import { linearScale, logScale } from './scale.ts';
import { element, linePath, type Markup, type Place } from './svg.ts';

const SIZE = { width: 440, height: 300 };
/** Below this a logarithmic axis says nothing about a latency any more. */
const LEAST_MS = 0.01;

/** With more curves than this, each is drawn with fewer places, so that a page keeps its size; its tail stays whole. */
const FULL_CURVES = 100;
const TAIL = 4;

/** One latency of a report: which curve, and what it is called. */
export interface CdfKind {
  readonly name: keyof LatencyCurves;
  readonly label: string;
}

/** Cumulative distribution of one latency, a line for each point; undefined where no point has it. */
export function renderCdf(points: readonly PointView[], { name, label }: CdfKind): Markup | undefined {
  const curves = points.flatMap((point) => {
    const curve = point.curves?.[name] ?? [];
    return curve.length === 0 ? [] : [{ point, curve: curve.map((value) => Math.max(value, LEAST_MS)) }];
  });
  if (curves.length === 0) return undefined;
  const every = Math.ceil(curves.length / FULL_CURVES);
  const axes = axesOf(SIZE);
  const least = Math.min(...curves.map(({ curve }) => curve[0] ?? LEAST_MS));
  const most = Math.max(...curves.map(({ curve }) => curve.at(-1) ?? LEAST_MS));
  const x = logScale(least, most, axes.x);
  const y = linearScale(100, axes.y, 4);
  const marks = curves.map(({ point, curve }) => {
    const places = curve
      .map((value, at): Place => [x.place(value), y.place((CURVE_SHARES[at] ?? 1) * 100)])
      .filter((_, at) => at % every === 0 || at >= curve.length - TAIL);
    const at = (share: number) => renderNumber(curve[CURVE_SHARES.indexOf(share)] ?? 0);
    const tip = `${nameOf(point)}\np50 ${at(0.5)} ms, p90 ${at(0.9)} ms, p99 ${at(0.99)} ms`;
    return element(
      'path',
      { ...seriesOf(point.profileIndex, point.index), d: linePath(places) },
      element('title', {}, escapeHtml(tip)),
    );
  });
  const frame = {
    ...{ size: SIZE, x, y, kind: 'cdf' },
    xLabel: `${label} [ms]`,
    yLabel: 'requests [%]',
    title: `Distribution of ${label}`,
  };
  return renderFrame(name === 'tokenGap' ? { ...frame, yLabel: 'tokens [%]' } : frame, marks.join(''));
}
