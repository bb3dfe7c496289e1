import type { Estimate } from '../../bench/result.ts';
import type { BenchCheckReport } from '../run-bench-check.ts';
import type { BenchClassifyReport } from '../run-bench-classify.ts';
import { renderTable } from './table.ts';

/** Types with what they rest on, and what was written. */
export function renderClassified({ profiles, written }: BenchClassifyReport): string {
  const rows = profiles.map(({ profile, before, type, evidence }) => [
    profile,
    before,
    type ?? '-',
    evidence === null ? '-' : `${renderEstimate(evidence.figure.estimate)} ${evidence.figure.unit}`,
    renderEstimate(evidence?.best?.estimate),
    renderEstimate(evidence?.general?.estimate),
    evidence?.gate === undefined || evidence.gate === null ? 'not checked' : evidence.gate.passed ? 'passed' : 'failed',
    evidence?.figure.joulePerOutputToken?.toFixed(3) ?? '-',
  ]);
  const heading = ['PROFILE', 'TYPE', 'MEASURED', 'FIGURE', 'BEST OTHER', 'GENERAL', 'ANSWERS', 'J/TOKEN'];
  const reasons = profiles.map(({ profile, reasons: each }) => `  ${profile}: ${each.join('; ')}`);
  const files = written.map(({ path, outcome }) => `  ${outcome} ${path}`);
  return [
    profiles.length === 0 ? 'No profile of a model was measured.' : renderTable(heading, rows),
    ...(reasons.length === 0 ? [] : ['', 'Why:', ...reasons]),
    ...(files.length === 0 ? [] : ['', 'Files:', ...files]),
  ].join('\n');
}

function renderEstimate(estimate: Estimate | undefined): string {
  if (estimate === undefined) return '-';
  const spread = estimate.high === null ? '' : ` ±${(estimate.high - estimate.mean).toFixed(2)}`;
  return `${estimate.mean.toFixed(2)}${spread}`;
}

/** How each server answered. */
export function renderChecks({ checks }: BenchCheckReport): string {
  const percent = (share: number | undefined) => (share === undefined ? '-' : `${(share * 100).toFixed(0)} %`);
  const rows = checks.map(({ profile, gate }) => [
    profile ?? 'server',
    gate.passed ? 'passed' : 'failed',
    percent(gate.correct),
    percent(gate.reference?.agreement),
    percent(gate.reference?.prefix),
  ]);
  const reasons = checks.flatMap(({ profile, gate }) =>
    gate.reasons.map((each) => `  ${profile ?? 'server'}: ${each}`),
  );
  return [
    renderTable(['SERVER', 'ANSWERS', 'RIGHT', 'ENDING AS REFERENCE', 'BEGINNING AS REFERENCE'], rows),
    ...(reasons.length === 0 ? [] : ['', 'Why:', ...reasons]),
    '',
    'Written:',
    ...checks.map(({ output }) => `  ${output}`),
  ].join('\n');
}
