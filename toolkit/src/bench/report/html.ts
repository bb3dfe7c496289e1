import { createHash } from 'node:crypto';
import type { BenchResult } from '../result.ts';
import { renderCdf, type CdfKind } from './chart/cdf.ts';
import { renderPareto } from './chart/pareto.ts';
import type { Markup } from './chart/svg.ts';
import { renderTimeChart } from './chart/time-chart.ts';
import { nameOf } from './chart/marks.ts';
import { escapeHtml } from '../../documents/escape-html.ts';
import { renderPointTable, renderServerTable } from './html-tables.ts';
import { listProfiles, viewPoints, type PointView } from './point-view.ts';
import type { Timeline } from './timeline.ts';

/** Style and script of the page: fixed files without anything of a result in them. */
export interface PageParts {
  readonly style: string;
  readonly script: string;
}

/** Time lines that a page holds at most, so that it keeps its size; they are those of the first points. */
export const MOST_TIMELINES = 120;

const LATENCIES: readonly CdfKind[] = [
  { name: 'firstContentToken', label: 'time to first token' },
  { name: 'tokenGap', label: 'gap between tokens' },
  { name: 'latency', label: 'latency' },
];

/**
 * A result as one page that needs nothing else: no network, no fonts, no libraries. Its policy lets the browser run the
 * page's own script and style only, known by their digests; whatever profiles and models are called is text.
 * @param timelines time lines by the point's key, thinned out by the caller
 */
export function renderHtml(
  result: BenchResult,
  timelines: ReadonlyMap<string, Timeline>,
  { style, script }: PageParts,
): string {
  const points = viewPoints(result.points, result.host, timelines);
  const policy = [
    "default-src 'none'",
    `style-src '${digestOf(style)}'`,
    `script-src '${digestOf(script)}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    `<title>Benchmark of ${escapeHtml(result.host)}</title>`,
    `<style>${style}</style>`,
    '</head>',
    '<body>',
    renderHeader(result, points),
    '<main>',
    ...renderSections(result, points),
    '</main>',
    `<footer>aimctl ${escapeHtml(result.tool.version)}. Means over the valid repeats with 95 % intervals (Student). `,
    'Latencies count from the time a request was due, and over the steady window only.</footer>',
    `<script>${script}</script>`,
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

function digestOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

function renderHeader(result: BenchResult, points: readonly PointView[]): Markup {
  const profiles = listProfiles(result.points, result.host);
  const chips = profiles.map(
    (profile, at) =>
      `<label class="chip c${at % 8}"><input type="checkbox" checked data-profile="${at}"> ${escapeHtml(profile)}</label>`,
  );
  const repeats = points.reduce((sum, point) => sum + point.repeats, 0);
  const valid = points.reduce((sum, point) => sum + point.validRepeats, 0);
  const counted = `${points.length} points, ${repeats} repeats${valid === repeats ? '' : `, ${valid} of them valid`}`;
  return [
    '<header>',
    '<div class="bar"><h1>Benchmark</h1><button type="button" id="theme">Light or dark</button></div>',
    `<p>${escapeHtml(result.host)} · ${escapeHtml(timeOf(result.startedAt))} to ${escapeHtml(timeOf(result.finishedAt))} · ${counted}</p>`,
    `<nav class="chips" aria-label="Profiles">${chips.join('')}</nav>`,
    '</header>',
  ].join('\n');
}

/** `2026-01-02 03:04 UTC` of an ISO time. */
function timeOf(iso: string): string {
  return `${iso.slice(0, 16).replace('T', ' ')} UTC`;
}

function renderSections(result: BenchResult, points: readonly PointView[]): readonly Markup[] {
  const cdfs = LATENCIES.flatMap((kind) => renderCdf(points, kind) ?? []);
  return [
    section('Throughput against interactivity', renderPareto(points)),
    section('Points', renderPointTable(points)),
    section('Latency', cdfs.length === 0 ? undefined : `<div class="row">${cdfs.map(figure).join('')}</div>`),
    section('Over time', renderTimelines(points)),
    section('What was measured', renderServerTable(result)),
  ];
}

function section(title: string, content: Markup | undefined): Markup {
  const shown = content ?? '<p class="none">Nothing was reported for this.</p>';
  return `<section><h2>${title}</h2>${shown}</section>`;
}

function figure(content: Markup): Markup {
  return `<figure>${content}</figure>`;
}

function renderTimelines(points: readonly PointView[]): Markup | undefined {
  const drawn = points.flatMap((point) => (point.timeline === undefined ? [] : [{ point, timeline: point.timeline }]));
  if (drawn.length === 0) return undefined;
  const left = drawn.length - MOST_TIMELINES;
  const more = left > 0 ? `<p class="none">${left} more points are not drawn here.</p>` : '';
  const shown = drawn
    .slice(0, MOST_TIMELINES)
    .map(({ point, timeline }, at) => {
      const charts = chartsOf(timeline).map(figure).join('');
      return `<details data-profile="${point.profileIndex}"${at === 0 ? ' open' : ''}><summary>${escapeHtml(nameOf(point))}</summary><div class="row">${charts}</div></details>`;
    })
    .join('\n');
  return shown + more;
}

function chartsOf({ running, waiting, kvCache, power }: Timeline): readonly Markup[] {
  return [
    renderTimeChart({
      label: 'requests',
      unit: '',
      lines: [
        { kind: 'running', label: 'running', series: running },
        { kind: 'waiting', label: 'waiting', series: waiting },
      ],
    }),
    renderTimeChart({
      label: 'KV cache',
      unit: '%',
      most: 100,
      lines: [{ kind: 'cache', label: 'KV cache', series: kvCache }],
    }),
    renderTimeChart({ label: 'power', unit: 'W', lines: [{ kind: 'power', label: 'power', series: power }] }),
  ].filter((chart) => chart !== undefined);
}
