import type { BenchResult } from '../result.ts';
import { FIGURES, type FigureName } from '../summary/figures.ts';
import { escapeMarkdown } from './escape.ts';
import { renderEstimate } from './numbers.ts';
import { viewPoints, type PointView } from './point-view.ts';

const SHOWN: readonly FigureName[] = [
  'outputTokensPerSecond',
  'outputTokensPerSecondPerGpu',
  'tokensPerSecondPerUser',
  'goodRequestsPerSecond',
  'ttftP50Ms',
  'ttftP99Ms',
  'tpotMeanMs',
  'latencyP99Ms',
  'joulePerOutputToken',
];

/** Tables of a result, for pull requests and the like. */
export function renderMarkdown(result: BenchResult): string {
  const points = viewPoints(result.points, result.host, new Map());
  const shown = SHOWN.filter((name) => points.some(({ estimates }) => estimates[name] !== undefined));
  const heading = ['profile', 'load', 'data', 'repeats', ...shown.map((name) => headingOf(name))];
  const rows = points.map((point) => [
    ...[point.profile, point.load, point.dataset].map(escapeMarkdown),
    repeatsOf(point),
    ...shown.map((name) => renderEstimate(point.estimates[name])),
  ]);
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    '# Benchmark',
    '',
    `${escapeMarkdown(result.host)}, ${escapeMarkdown(result.startedAt)}, aimctl ${escapeMarkdown(result.tool.version)}`,
    '',
    line(heading),
    line(heading.map((_, at) => (at < 3 ? '---' : '---:'))),
    ...rows.map(line),
    ...renderInvalid(points),
    '',
    'Means over the valid repeats with 95 % intervals (Student). Latencies count from the time a request was due.',
    '',
  ].join('\n');
}

function headingOf(name: FigureName): string {
  return `${FIGURES[name].label} [${FIGURES[name].unit}]`.replace(/[[\]]/g, '\\$&');
}

function repeatsOf({ validRepeats, repeats }: PointView): string {
  return validRepeats === repeats ? `${repeats}` : `${validRepeats} of ${repeats}`;
}

function renderInvalid(points: readonly PointView[]): readonly string[] {
  const invalid = points.filter(({ reasons }) => reasons.length > 0);
  if (invalid.length === 0) return [];
  const lines = invalid.map(
    ({ key, reasons }) => `- ${escapeMarkdown(key)}: ${reasons.map(escapeMarkdown).join(', ')}`,
  );
  return ['', 'Repeats that do not count:', '', ...lines];
}
