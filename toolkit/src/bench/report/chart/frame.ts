import { renderNumber } from '../numbers.ts';
import type { Extent, Scale } from './scale.ts';
import { element, label, type Markup } from './svg.ts';

/** Size of a drawing and the room around its plot. */
export interface FrameSize {
  readonly width: number;
  readonly height: number;
}

const LEFT = 56;
const RIGHT = 16;
const TOP = 12;
const BOTTOM = 42;

/** Where the axes of a drawing run; y grows downwards. */
export function axesOf({ width, height }: FrameSize): { readonly x: Extent; readonly y: Extent } {
  return { x: { from: LEFT, to: width - RIGHT }, y: { from: height - BOTTOM, to: TOP } };
}

/** What surrounds the marks of a drawing. */
export interface Frame {
  readonly size: FrameSize;
  readonly x: Scale;
  readonly y: Scale;
  readonly xLabel: string;
  readonly yLabel: string;
  /** Said to those who cannot see it. */
  readonly title: string;
  readonly kind: string;
}

/** A drawing: grid, axes with their numbers and names, then the marks. */
export function renderFrame({ size, x, y, xLabel, yLabel, title, kind }: Frame, marks: Markup): Markup {
  const { x: across, y: down } = axesOf(size);
  // One path and one anchor for all of a kind: a page may hold hundreds of these.
  const grid = y.ticks.map((tick) => `M${across.from} ${Math.round(y.place(tick))}H${across.to}`).join('');
  const below = x.ticks.map((tick) => label(renderNumber(tick), { x: x.place(tick), y: down.from + 16 }));
  const beside = y.ticks.map((tick) => label(renderNumber(tick), { x: across.from - 6, y: y.place(tick) + 4 }));
  const middle = Math.round((down.from + down.to) / 2);
  const names = [
    label(xLabel, { x: (across.from + across.to) / 2, y: size.height - 6 }),
    label(yLabel, { x: 0, y: 0, transform: `translate(13 ${middle}) rotate(-90)` }),
  ];
  return element(
    'svg',
    { class: `chart ${kind}`, viewBox: `0 0 ${size.width} ${size.height}`, role: 'img', 'aria-label': title },
    [
      element('path', { class: 'grid', d: grid }),
      element('path', { class: 'axis', d: `M${across.from} ${down.from}H${across.to}` }),
      element('g', { class: 'below' }, below.join('')),
      element('g', { class: 'beside' }, beside.join('')),
      element('g', { class: 'names' }, names.join('')),
      element('g', { class: 'marks' }, marks),
    ].join(''),
  );
}
