import type { BuildResult } from '../../images/builder.ts';
import type { ImagePlan } from '../../images/plan.ts';
import type { BuildReport } from '../build-images.ts';
import { renderBytes } from './bytes.ts';

/** Text of a build command's result. */
export function renderBuild(report: BuildReport): string {
  return 'plans' in report ? report.plans.map(renderPlan).join('\n\n') : report.images.map(renderResult).join('\n');
}

function renderResult({ reference, id, digest, action, sizeBytes, layers }: BuildResult): string {
  const added = `${layers.length} ${layers.length === 1 ? 'layer' : 'layers'} added`;
  return `${reference}  ${digest ?? id}  ${renderBytes(sizeBytes)}, ${action === 'unchanged' ? 'unchanged' : added}`;
}

function renderPlan(plan: ImagePlan): string {
  const settings = [
    ['base', plan.base],
    ['created', new Date(plan.createdAt * 1000).toISOString()],
    ['entrypoint', plan.entrypoint?.join(' ')],
    ['user', plan.user],
    ['workdir', plan.workdir],
  ].flatMap(([name, value]) => (value === undefined ? [] : [`  ${name}: ${value}`]));
  return [
    plan.reference,
    ...settings,
    '  files:',
    ...plan.entries.map((entry) => {
      const from = entry.kind === 'file' ? `  <- ${entry.source}` : '/';
      return `    ${entry.mode.toString(8).padStart(4, '0')} ${entry.path}${from}`;
    }),
    '  env:',
    ...Object.entries(plan.env).map(([name, value]) => `    ${name}=${value}`),
    '  labels:',
    ...Object.entries(plan.labels).map(([name, value]) => `    ${name}=${value}`),
  ].join('\n');
}
