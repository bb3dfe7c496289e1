import type { EngineEvent } from '../../docker/engine.ts';
import type { Explanation } from '../../engine/explain.ts';
import type { LaunchResult } from '../../engine/launch.ts';
import { PHASES, type LaunchEvents, type Phase } from '../../engine/phases.ts';
import { describeTest } from '../../engine/describe.ts';
import type { Progress } from '../progress.ts';
import { renderTable } from './table.ts';

/** Shows a launch: the phase that is going on, a line for each that is over. */
export function createLaunchEvents(progress: Progress): LaunchEvents {
  const heading = (phase: Phase) => `[${PHASES.indexOf(phase) + 1}/${PHASES.length}] ${phase}`;
  return {
    progress: (phase, text) => progress.update(`${heading(phase)}: ${text}`),
    done: (phase, text, elapsedMs) => {
      progress.end();
      progress.note(`${heading(phase)}: ${text} (${(elapsedMs / 1000).toFixed(2)} s)`);
    },
    note: (text) => progress.note(`      ${text}`),
    logLine: (line) => progress.detail(`      | ${line}`),
  };
}

/** Shows the download of an image as one line, however many layers it has. */
export function showPull(progress: Progress): (event: EngineEvent) => void {
  const layers = new Map<string, { readonly currentBytes: number; readonly totalBytes: number }>();
  return (event) => {
    if (event.kind !== 'transfer' || !event.status.includes('Downloading')) return;
    layers.set(event.status, event);
    const sum = (key: 'currentBytes' | 'totalBytes') =>
      [...layers.values()].reduce((total, layer) => total + layer[key], 0);
    progress.task('image', { phase: 'pulling', done: sum('currentBytes'), total: sum('totalBytes'), unit: 'bytes' });
  };
}

/** How to use a launched endpoint. */
export function renderLaunch(result: LaunchResult, program: string): string {
  const { name, model, url, state, test } = result;
  const body = JSON.stringify({ model: test?.servedModel ?? model, messages: [{ role: 'user', content: 'Hello' }] });
  return [
    `${model} ${state === 'ready' ? 'is served' : 'is starting'} at ${url}`,
    ...(test === null ? [] : [`Test: ${describeTest(test)}`]),
    '',
    'Ask it:',
    `  curl ${url}/v1/chat/completions -H 'Content-Type: application/json' -d '${body}'`,
    'See how it is doing, and stop it:',
    `  ${program} status ${name}`,
    `  ${program} stop ${name}`,
  ].join('\n');
}

/** What a launch would do and why. */
export function renderExplanation(plan: Explanation): string {
  const section = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)];
  const { guide } = plan;
  const host = plan.host.map(({ index, id, model, user }) => [String(index), id, model ?? '?', user ?? 'free']);
  return [
    `${plan.model} would be served as ${plan.name} on port ${plan.port}`,
    `  GPUs     ${plan.gpus.length} x ${plan.gpuModel} (${plan.gpus.join(', ')})`,
    `  profile  ${plan.profile}, ${plan.backend} in ${plan.precision} for ${plan.metric}`,
    `  image    ${plan.images.join(', else ')}`,
    ...section('Why:', plan.decisions),
    ...section('Not possible:', plan.rejected),
    ...section('Note:', plan.notes),
    ...section('Tried next when the memory is not enough:', plan.fallbacks),
    ...section(
      guide.sizes === null
        ? 'Hardware guide: the size of the model is not known'
        : `Hardware guide for models of ${guide.sizes}:`,
      guide.advice.map(
        ({ about, recommended, chosen, follows }) =>
          `${follows ? 'ok    ' : 'differs'} ${about}: ${chosen}, recommended ${recommended}`,
      ),
    ),
    '',
    renderTable(['GPU', 'DEVICE', 'MODEL', 'USED BY'], host),
  ].join('\n');
}
