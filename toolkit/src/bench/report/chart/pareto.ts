import { renderEstimate, renderNumber } from '../numbers.ts';
import type { PointView } from '../point-view.ts';
import { escapeHtml } from '../../../documents/escape-html.ts';
import { axesOf, renderFrame } from './frame.ts';
import { nameOf, seriesOf } from './marks.ts';
import { linearScale } from './scale.ts';
import { element, label, linePath, type Markup } from './svg.ts';

/** More points than this carry no number: they would cover each other. */
const MOST_NUMBERED = 60;
const SIZE = { width: 900, height: 400 };

/** A point where it has both: tokens per second for one user, and for one GPU. */
interface Spot {
  readonly point: PointView;
  readonly x: number;
  readonly y: number;
}

/**
 * Throughput against interactivity: points of a profile and its data are joined in the order of their load; the dashed
 * line is the front of what no other point beats in both; the numbers are the requests at once, or per second. Undefined where no point has both figures.
 */
export function renderPareto(points: readonly PointView[]): Markup | undefined {
  const spots = points.flatMap((point): Spot[] => {
    const [x, y] = [point.estimates.tokensPerSecondPerUser?.mean, point.estimates.outputTokensPerSecondPerGpu?.mean];
    return x === undefined || y === undefined ? [] : [{ point, x, y }];
  });
  if (spots.length === 0) return undefined;
  const axes = axesOf(SIZE);
  const x = linearScale(1.05 * Math.max(...spots.map((spot) => spot.x)), axes.x, 8);
  const y = linearScale(1.05 * Math.max(...spots.map((spot) => spot.y)), axes.y);
  const place = (spot: Spot) => [x.place(spot.x), y.place(spot.y)] as const;
  const front = selectFront(spots);
  const marks = [
    element('path', { class: 'front', d: linePath(front.map(place)) }),
    ...groupCurves(spots).map((curve) => renderCurve(curve, place)),
    ...spots.map((spot) => renderSpot(spot, place(spot), front.includes(spot))),
    ...(spots.length > MOST_NUMBERED ? [] : spots.map((spot) => renderSize(spot, place(spot)))),
  ];
  const frame = {
    ...{ size: SIZE, x, y, kind: 'pareto' },
    xLabel: 'output per user [tok/s]',
    yLabel: 'output per GPU [tok/s]',
    title: 'Throughput against interactivity',
  };
  return renderFrame(frame, marks.join(''));
}

/** Points that no other point beats in both, from the most interactive one on. */
function selectFront(spots: readonly Spot[]): readonly Spot[] {
  const front: Spot[] = [];
  for (const spot of spots.toSorted((a, b) => b.x - a.x || b.y - a.y)) {
    if (spot.y > (front.at(-1)?.y ?? -Infinity)) front.push(spot);
  }
  return front;
}

function groupCurves(spots: readonly Spot[]): readonly (readonly Spot[])[] {
  const groups = Map.groupBy(spots, ({ point }) => JSON.stringify([point.profile, point.dataset]));
  return [...groups.values()].map((group) => group.toSorted((a, b) => a.point.loadSize - b.point.loadSize));
}

function renderCurve(curve: readonly Spot[], place: (spot: Spot) => readonly [number, number]): Markup {
  const profileIndex = curve[0]?.point.profileIndex ?? 0;
  return element('path', { ...seriesOf(profileIndex), d: linePath(curve.map(place)) });
}

function renderSpot({ point }: Spot, [cx, cy]: readonly [number, number], onFront: boolean): Markup {
  const { tokensPerSecondPerUser: user, outputTokensPerSecondPerGpu: gpu } = point.estimates;
  const tip = `${nameOf(point)}\n${renderEstimate(user)} tok/s/user\n${renderEstimate(gpu)} tok/s/GPU`;
  const attributes = { ...seriesOf(point.profileIndex, point.index), cx, cy, r: onFront ? 6 : 4.5 };
  return element('circle', attributes, element('title', {}, escapeHtml(tip)));
}

/** How large the load is, above its mark. */
function renderSize({ point }: Spot, [x, y]: readonly [number, number]): Markup {
  const attributes = { x, y: y - 10, 'text-anchor': 'middle', class: 'size', 'data-profile': point.profileIndex };
  return label(renderNumber(point.loadSize), attributes);
}
