import { applyRelease, type ApplyOptions, type ReleaseItem } from '../release/apply.ts';
import type { ReleasePlan } from '../release/plan.ts';
import type { Session } from './session.ts';

/** Applies a plan and shows how far each image is. */
export async function publishRelease(
  { progress, clock, signal }: Session,
  plan: ReleasePlan,
  {
    onTagged,
    ...options
  }: Pick<ApplyOptions, 'registry' | 'concurrency' | 'provide' | 'attest' | 'approve'> & {
    readonly onTagged?: (item: ReleaseItem) => void;
  },
): Promise<void> {
  const nameOfItem = ({ image }: ReleaseItem) => `${image.repository}:${image.tag}`;
  await applyRelease(plan, {
    ...options,
    clock,
    signal,
    onPhase: (item, phase) => {
      if (phase === 'verifying') onTagged?.(item);
      if (phase === 'done') progress.endTask(nameOfItem(item), 'released');
      else progress.task(nameOfItem(item), { phase });
    },
  });
}
