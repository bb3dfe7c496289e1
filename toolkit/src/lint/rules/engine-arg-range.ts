import { findLimit } from '../arg-limits.ts';
import { profileRule } from '../rule.ts';

export const engineArgRange = profileRule({
  id: 'engine-arg-range',
  severity: 'error',
  why: 'The engine checks the range of its numbers only after it has been started, and then ends.',
  check: ({ engine, args }, _file, { facts }) => {
    if (engine === undefined) return [];
    return args.flatMap((arg) => {
      const property = facts.argument(engine, arg.name);
      const limit = property && findLimit(property, arg);
      if (limit === undefined) return [];
      return [
        {
          message: `${arg.key} is ${JSON.stringify(arg.value)}; it must be ${limit}`,
          at: ['engine_args', arg.key],
          part: 'value',
          suggestion: `Write a number that is ${limit}.`,
        },
      ];
    });
  },
});
