import { escapeHtml } from '../../../documents/escape-html.ts';

/** Markup of drawings; every text in it has been escaped. */
export type Markup = string;

/** A point of a drawing, in its units. */
export type Place = readonly [x: number, y: number];

/** An element with escaped attributes; numbers are rounded to a tenth of a unit. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | number | undefined>>,
  content: Markup = '',
): Markup {
  const list = Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [` ${key}="${typeof value === 'number' ? round(value) : escapeHtml(value)}"`],
  );
  return `<${name}${list.join('')}>${content}</${name}>`;
}

/** Text of a drawing. */
export function label(text: string, attributes: Readonly<Record<string, string | number>>): Markup {
  return element('text', attributes, escapeHtml(text));
}

/** A line through places; what lies within half a unit of its neighbour is left out. */
export function linePath(places: readonly Place[]): string {
  const [first] = places;
  if (first === undefined) return '';
  let [lastX, lastY] = first;
  const kept = places.slice(1).filter(([x, y], at) => {
    if (at < places.length - 2 && Math.abs(x - lastX) < 0.5 && Math.abs(y - lastY) < 0.5) return false;
    [lastX, lastY] = [x, y];
    return true;
  });
  return `M${[first, ...kept].map(([x, y]) => `${round(x)} ${round(y)}`).join('L')}`;
}

function round(value: number): string {
  return String(Math.round(value * 10) / 10);
}
