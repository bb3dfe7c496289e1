import { renderGib } from 'aim-runtime/estimate';
import type { ProfileEstimate } from '../../estimate/profile-estimate.ts';
import { renderTable } from './table.ts';

/** Result of `aimctl estimate`. */
export interface EstimateReport {
  readonly estimates: readonly ProfileEstimate[];
}

/** A few lines for each profile, and every number with its formula when `verbose`. */
export function renderEstimates({ estimates }: EstimateReport, verbose: boolean): string {
  return estimates.map((estimate) => renderEstimate(estimate, verbose)).join('\n\n');
}

function renderEstimate(estimate: ProfileEstimate, verbose: boolean): string {
  const { weightBytes, vramBytes, budgetBytes, cacheBytes } = estimate;
  return [
    estimate.profile,
    `  ${estimate.fits ? 'fits' : 'DOES NOT FIT'}: ${estimate.model} on ${estimate.gpuCount} x ${estimate.gpu}`,
    ...estimate.problems.flatMap(({ message, hint }) => [`  ${message}.`, `    ${hint}`]),
    `  on each GPU: ${renderGib(vramBytes)}, of which the engine takes ${renderGib(budgetBytes)}`,
    `    ${renderGib(weightBytes)} weights`,
    `    ${renderGib(estimate.processBytes)} engine`,
    `    ${renderGib(estimate.activationBytes)} activations`,
    `    ${renderGib(estimate.graphBytes)} graphs`,
    `    ${renderGib(cacheBytes)} left for cached tokens of ${estimate.cacheBytesPerToken} bytes`,
    `  sequences of ${estimate.contextTokens} tokens: ${estimate.concurrentSequences} at a time (the engine admits ${estimate.maxSequences})`,
    `  largest max-model-len that fits: ${estimate.largestContextTokens}`,
    ...(verbose ? ['', ...renderFigures(estimate)] : []),
  ].join('\n');
}

function renderFigures({ figures }: ProfileEstimate): string[] {
  const rows = figures.map(({ name, value, unit, formula, source }) => [name, `${value} ${unit}`, formula, source]);
  return renderTable(['FIGURE', 'VALUE', 'FORMULA', 'SOURCE'], rows)
    .split('\n')
    .map((line) => `  ${line}`);
}
