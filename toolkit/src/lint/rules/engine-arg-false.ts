import type { Problem } from '../finding.ts';
import { profileRule } from '../rule.ts';

export const engineArgFalse = profileRule({
  id: 'engine-arg-false',
  severity: 'warning',
  why: 'A false value is left out of the command line, so it turns nothing off: only the no- form of a flag does.',
  check: (profile, _file, { facts }) => {
    const { engine, args } = profile;
    if (engine === undefined) return [];
    return args
      .filter(({ value }) => value === false)
      .map(({ key, name }): Problem => {
        const path = ['engine_args', key];
        const negation = `no-${name}`;
        const hasNegation = facts.argument(engine, negation) !== undefined && !profile.arg(negation);
        return {
          message: `${key}: false does nothing`,
          at: path,
          part: 'value',
          suggestion: hasNegation ? `Write ${negation}: without a value.` : 'Remove it.',
          fix: hasNegation ? { kind: 'flag', path, name: negation } : { kind: 'delete', path },
        };
      });
  },
});
