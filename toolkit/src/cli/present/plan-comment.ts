import { code } from '../../release/notes.ts';
import { renderBytes } from './bytes.ts';
import type { PlanReport } from './plan.ts';

/** The plan as a comment on a pull request: Markdown. */
export function renderPlanComment({ images, summary }: PlanReport): string {
  const pending = images.filter(({ state }) => state !== 'up-to-date');
  const rows = pending.map(({ reference, state, changes, problem }) => {
    const reasons = changes.map(({ part, details }) => [part, ...details].join(' '));
    const text = problem === null ? reasons.map(code).join(', ') : code(problem.message);
    return `| ${code(reference)} | ${state} | ${text} |`;
  });
  return [
    '### What merging this changes in the registry',
    '',
    `${summary.new} new, ${summary.changed} changed, ${summary.upToDate} up to date, ${summary.failed} that cannot be compared; ${renderBytes(summary.uploadBytes)} to upload.`,
    ...(rows.length === 0 ? [] : ['', '| image | state | why |', '| --- | --- | --- |', ...rows]),
    '',
  ].join('\n');
}
