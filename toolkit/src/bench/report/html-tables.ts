import type { BenchResult } from '../result.ts';
import { FIGURE_NAMES, FIGURES } from '../summary/figures.ts';
import type { Markup } from './chart/svg.ts';
import { escapeHtml } from '../../documents/escape-html.ts';
import { renderEstimate } from './numbers.ts';
import type { PointView } from './point-view.ts';

interface Cell {
  readonly text: string;
  /** What the column is sorted by; absent: its text. */
  readonly value?: number | undefined;
  readonly title?: string;
}

/** All points with all figures that any of them has; every column can be sorted. */
export function renderPointTable(points: readonly PointView[]): Markup {
  const figures = FIGURE_NAMES.filter((name) => points.some(({ estimates }) => estimates[name] !== undefined));
  const headings = [
    '<th scope="col"><button type="button">profile</button></th>',
    '<th scope="col"><button type="button">load</button></th>',
    '<th scope="col"><button type="button">data</button></th>',
    '<th scope="col" class="number"><button type="button">repeats</button></th>',
    ...figures.map(
      (name) =>
        `<th scope="col" class="number"><button type="button">${FIGURES[name].label} <small>${FIGURES[name].unit}</small></button></th>`,
    ),
  ];
  const rows = points.map((point) => {
    const cells: readonly Cell[] = [
      { text: point.profile },
      { text: point.load, value: point.loadSize },
      { text: point.dataset },
      repeatsCell(point),
      ...figures.map((name) => ({ text: renderEstimate(point.estimates[name]), value: point.estimates[name]?.mean })),
    ];
    const marked = point.validRepeats === 0 ? ' class="invalid"' : '';
    return `<tr data-profile="${point.profileIndex}" data-point="${point.index}"${marked}>${cells.map(renderCell).join('')}</tr>`;
  });
  return `<div class="scroll"><table class="points"><thead><tr>${headings.join('')}</tr></thead><tbody>${rows.join('\n')}</tbody></table></div>${renderReasons(points)}`;
}

function repeatsCell({ validRepeats, repeats }: PointView): Cell {
  const text = validRepeats === repeats ? `${repeats}` : `${validRepeats} of ${repeats}`;
  return { text, value: validRepeats };
}

function renderCell({ text, value }: Cell, column: number): Markup {
  const sorted = value === undefined ? '' : ` data-value="${value}"`;
  return `<td${column > 2 ? ' class="number"' : ''}${sorted}>${escapeHtml(text)}</td>`;
}

function renderReasons(points: readonly PointView[]): Markup {
  const lines = points
    .filter(({ reasons }) => reasons.length > 0)
    .map(({ key, reasons }) => `<li>${escapeHtml(key)}: ${escapeHtml(reasons.join(', ').replaceAll('_', ' '))}</li>`);
  return lines.length === 0
    ? ''
    : `<div class="warning"><p>Repeats that do not count:</p><ul>${lines.join('')}</ul></div>`;
}

/** Image, engine and hardware behind the points; servers that were the same share a line. */
export function renderServerTable({ points, host }: BenchResult): Markup {
  const rows = points.map(({ profile, identity }) => {
    const { image, imageDigest, engine, engineVersion, model, backends, gpu, gpuCount, driver } = identity;
    const chosen = Object.entries(backends).map(([name, value]) => `${name}: ${value}`);
    return [
      profile ?? host,
      model,
      image,
      imageDigest,
      [engine, engineVersion].filter((part) => part !== null).join(' '),
      [gpuCount === null ? null : `${gpuCount} ×`, gpu].filter((part) => part !== null).join(' '),
      driver,
      chosen.join(', '),
    ].map((cell) => `<td>${escapeHtml(cell === null || cell === '' ? '–' : cell)}</td>`);
  });
  const names = ['profile', 'model', 'image', 'digest', 'engine', 'GPU', 'driver', 'back ends'];
  const lines = [...new Set(rows.map((row) => `<tr>${row.join('')}</tr>`))];
  return `<div class="scroll"><table><thead><tr>${names.map((name) => `<th scope="col">${name}</th>`).join('')}</tr></thead><tbody>${lines.join('\n')}</tbody></table></div>`;
}
