import type { RepeatResult } from '../../bench/result.ts';
import type { BenchPlanReport, BenchRunReport } from '../../bench/run/report.ts';
import type { RunEvents } from '../../bench/run/run.ts';
import { datasetName, loadName } from '../../bench/run/plan.ts';
import { FIGURES, type FigureName } from '../../bench/summary/figures.ts';
import type { Progress } from '../progress.ts';
import { explainReasons } from './invalid-reasons.ts';
import { renderDuration } from './duration.ts';
import { renderTable } from './table.ts';

/** Shows a run: one line for each repeat that is done, and how far the current one is. */
export function createRunEvents(progress: Progress): RunEvents {
  return {
    phase: (subject, text) => progress.update(`${subject}: ${text}`),
    requests: (key, { done, total }) =>
      progress.task(key, { phase: 'requests', done, ...(total === undefined ? {} : { total }) }),
    repeated: (key, result, next) => progress.endTask(key, `${describeRepeat(result)}; ${next}`),
    failed: (subject, error) => {
      progress.end();
      progress.note(`${subject} failed: ${error.message}`);
    },
  };
}

function describeRepeat({ spec, corrected, valid, reasons }: RepeatResult): string {
  const figures = [
    `${corrected.outputTokensPerSecond.toFixed(1)} tok/s`,
    `first token p50 ${corrected.firstContentToken.p50.toFixed(1)} ms`,
    `per token ${corrected.tpot.mean.toFixed(2)} ms`,
  ];
  return `repeat ${spec.repeat}: ${figures.join(', ')}${valid ? '' : ` (not valid: ${reasons.join(', ')})`}`;
}

/** What would be measured, and how long that may take. */
export function renderBenchPlan({ plan, estimate }: BenchPlanReport): string {
  const { repeats } = plan.workload;
  const rows = plan.servers.flatMap(({ subject, points, searches }) => [
    ...points.map(({ dataset, load, requests, durationMs, warmupRequests }) => [
      subject.profile ?? 'server',
      datasetName(dataset),
      loadName(load),
      requests === undefined ? 'all' : String(requests),
      durationMs === undefined ? '-' : renderDuration(durationMs / 1000),
      String(warmupRequests),
    ]),
    ...searches.map(({ dataset, bounds }) => [
      subject.profile ?? 'server',
      datasetName(dataset),
      `search ${bounds.kind} ${bounds.least} to ${bounds.most}`,
      ...['-', '-', '-'],
    ]),
  ]);
  const times = `${renderDuration(estimate.leastMs / 1000)} to ${renderDuration(estimate.mostMs / 1000)}`;
  return [
    renderTable(['PROFILE', 'SHAPE', 'LOAD', 'REQUESTS', 'TIME', 'WARM-UP'], rows),
    '',
    `${repeats.least === repeats.most ? repeats.least : `${repeats.least} to ${repeats.most}`} repeats of each; about ${times}`,
    ...estimate.assumptions.map((each) => `  assuming ${each}`),
  ].join('\n');
}

const SHOWN: readonly FigureName[] = ['outputTokensPerSecond', 'ttftP50Ms', 'ttftP99Ms', 'tpotMeanMs', 'goodShare'];

/** What was measured and where it is. */
export function renderBenchRun(report: BenchRunReport): string {
  const { points, output, files, failures, missed, changed, searches, comparison } = report;
  const heading = ['POINT', 'REPEATS', ...SHOWN.map((name) => `${FIGURES[name].label} (${FIGURES[name].unit})`)];
  const rows = points.map(({ key, repeats, valid, estimates }) => [
    key,
    `${valid}/${repeats}`,
    ...SHOWN.map((name) => renderEstimate(estimates[name])),
  ]);
  const lines = (title: string, texts: readonly string[]) =>
    texts.length === 0 ? [] : ['', title, ...texts.map((text) => `  ${text}`)];
  return [
    renderTable(heading, rows),
    ...lines(
      'Highest load within the limits:',
      searches.flatMap(({ best }) => best ?? []),
    ),
    ...lines(
      'Failed:',
      failures.map(({ profile, id, message }) => `${id ?? profile ?? 'the server'}: ${message}`),
    ),
    ...lines(
      'Missed:',
      missed.map(({ key, text }) => `${key} ${text}`),
    ),
    ...lines('Repeats that are not valid:', explainReasons(points.flatMap(({ reasons }) => reasons))),
    ...lines(
      'Not the same server before and after the run was resumed:',
      changed.map((profile) => profile),
    ),
    ...(comparison === null
      ? []
      : [
          '',
          `Against the baseline: ${comparison.worse} worse, ${comparison.better} better, ${comparison.missing} missing, ` +
            `${comparison.unclear} unclear${comparison.unclear === 0 ? '' : ' (fewer than 2 valid repeats on a side)'}`,
          ...comparison.warnings.map((warning) => `  ${warning}`),
        ]),
    ...lines('Written:', [output, ...files]),
  ].join('\n');
}

function renderEstimate(estimate: { mean: number; high: number | null } | undefined): string {
  if (estimate === undefined) return '-';
  const digits = estimate.mean >= 100 ? 1 : 2;
  const spread = estimate.high === null ? '' : ` ±${(estimate.high - estimate.mean).toFixed(digits)}`;
  return `${estimate.mean.toFixed(digits)}${spread}`;
}
