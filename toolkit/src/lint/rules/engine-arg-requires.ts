import { findConflicts } from '../cross-checks.ts';
import { profileRule } from '../rule.ts';

export const engineArgRequires = profileRule({
  id: 'engine-arg-requires',
  severity: 'error',
  why: 'The engine refuses an argument whose counterpart is missing, after its command line was accepted.',
  check: (profile) => findConflicts(profile, 'engine-arg-requires'),
});
