import { SYSTEM_ARGS } from 'aim-runtime/engine';
import { profileRule } from '../rule.ts';

export const engineArgReserved = profileRule({
  id: 'engine-arg-reserved',
  severity: 'warning',
  why: 'The runtime gives this argument itself: the value in the profile has no effect.',
  check: ({ args }) =>
    args
      .filter(({ name }) => Object.hasOwn(SYSTEM_ARGS, name))
      .map(({ key, name }) => ({
        message: `${key} is ignored: it comes from ${SYSTEM_ARGS[name] ?? ''}`,
        at: ['engine_args', key],
        suggestion: 'Remove it.',
        fix: { kind: 'delete', path: ['engine_args', key] },
      })),
});
