import { failure } from '../exit-codes.ts';
import type { Session } from './session.ts';

/**
 * Shows a plan and makes sure that it is wanted: by `--yes`, or by asking where there is somebody to ask.
 * @throws AimError usage where there is nobody, interrupted when the answer is no
 */
export async function confirmPlan(
  { progress, ask }: Pick<Session, 'progress' | 'ask'>,
  plan: string,
  { yes }: { readonly yes: boolean },
): Promise<void> {
  progress.note(plan);
  if (yes) return;
  if (ask === undefined) {
    throw failure('usage', {
      message: 'this changes a registry, and there is nobody to ask',
      hint: 'Add --yes to do it, or --dry-run to see what would be done.',
    });
  }
  const answer = await ask('Do this? [y/N] ');
  if (/^y(?:es)?$/i.test(answer.trim())) return;
  throw failure('interrupted', { message: 'nothing was changed' });
}
