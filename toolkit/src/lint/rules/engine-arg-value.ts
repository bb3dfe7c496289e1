import { findLimit } from '../arg-limits.ts';
import { profileRule } from '../rule.ts';

export const engineArgValue = profileRule({
  id: 'engine-arg-value',
  severity: 'error',
  why: "The engine's parser refuses a value of the wrong type or outside its set of words, and the engine does not start.",
  check: ({ engine, args }, _file, { facts }) => {
    if (engine === undefined) return [];
    return args.flatMap((arg) => {
      const property = facts.argument(engine, arg.name);
      if (property === undefined || findLimit(property, arg)) return [];
      return facts.argumentProblems(engine, arg).map(({ path, message, allowed, suggestion }) => ({
        message: `${path}: ${message}${allowed === undefined ? '' : `; allowed: ${allowed}`}`,
        at: ['engine_args', ...path.split('/')],
        part: 'value',
        ...(suggestion === undefined ? {} : { suggestion: `Did you mean ${suggestion}?` }),
      }));
    });
  },
});
