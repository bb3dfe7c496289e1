import type { PlannedImage } from '../../images/plan-pushes.ts';
import { renderBytes } from './bytes.ts';

/** Result of `aimctl plan`. */
export interface PlanReport {
  /** True when a push would change something. */
  readonly pending: boolean;
  readonly images: readonly PlannedImage[];
  readonly summary: {
    readonly upToDate: number;
    readonly changed: number;
    readonly new: number;
    readonly failed: number;
    readonly uploadBytes: number;
  };
}

export function summarizePlan(images: readonly PlannedImage[]): PlanReport {
  const count = (state: PlannedImage['state']) => images.filter((image) => image.state === state).length;
  const uploadBytes = images.reduce((sum, image) => sum + image.uploadBytes, 0);
  const summary = {
    upToDate: count('up-to-date'),
    changed: count('changed'),
    new: count('new'),
    failed: count('failed'),
    uploadBytes,
  };
  return { pending: summary.changed + summary.new > 0, images, summary };
}

export function renderPlanReport({ images, summary }: PlanReport): string {
  const { upToDate, changed, failed, uploadBytes } = summary;
  const counts = [
    `${upToDate} up to date`,
    `${changed} to change`,
    `${summary.new} new`,
    ...(failed > 0 ? [`${failed} that cannot be compared`] : []),
  ];
  return [...images.map(renderImage), `${counts.join(', ')}; ${renderBytes(uploadBytes)} to upload`].join('\n');
}

function renderImage(image: PlannedImage): string {
  const { reference, state, changes, reason, uploadBytes, mountLayers, mountBytes, problem } = image;
  const mounts = mountLayers > 0 ? `, ${mountLayers} base layers (${renderBytes(mountBytes)}) mounted` : '';
  const costs = state === 'new' || state === 'changed' ? `  ${renderBytes(uploadBytes)} to upload${mounts}` : '';
  return [
    `${reference}  ${state}${costs}`,
    ...(reason === null || state === 'up-to-date' ? [] : [`  tag: ${reason}`]),
    ...changes.map(({ part, details }) => `  ${part}${details.length > 0 ? `: ${details.join(', ')}` : ''}`),
    ...(problem === null
      ? []
      : [`  problem: ${problem.message}`, ...(problem.hint === null ? [] : [`  ${problem.hint}`])]),
  ].join('\n');
}
