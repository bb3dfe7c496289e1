import { oppositeName } from 'aim-runtime/engine';
import { findConflicts } from '../cross-checks.ts';
import type { Problem } from '../finding.ts';
import type { ProfileView } from '../profile-view.ts';
import { profileRule } from '../rule.ts';

export const engineArgConflict = profileRule({
  id: 'engine-arg-conflict',
  severity: 'error',
  why: 'The engine refuses arguments that contradict each other, most of them only after minutes of loading.',
  check: (profile) => [...findOpposites(profile), ...findConflicts(profile, 'engine-arg-conflict')],
});

function findOpposites(profile: ProfileView): Problem[] {
  return profile.args
    .filter(({ name, value }) => name.startsWith('no-') && value !== false && isGiven(profile, oppositeName(name)))
    .map(({ key, name }) => ({
      message: `${key} and ${oppositeName(name)} contradict each other`,
      at: ['engine_args', key],
      suggestion: 'Keep one of the two.',
    }));
}

function isGiven(profile: ProfileView, name: string): boolean {
  const arg = profile.arg(name);
  return arg !== undefined && arg.value !== false;
}
