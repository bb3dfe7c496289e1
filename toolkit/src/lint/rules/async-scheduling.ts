import { findConflicts } from '../cross-checks.ts';
import { profileRule } from '../rule.ts';

export const asyncScheduling = profileRule({
  id: 'async-scheduling',
  severity: 'error',
  why: 'Asynchronous scheduling works with some executors and without pipelines only; the engine refuses the rest.',
  check: (profile) => findConflicts(profile, 'async-scheduling'),
});
