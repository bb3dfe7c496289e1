import { profileRule } from '../rule.ts';

export const engineArgTwice = profileRule({
  id: 'engine-arg-twice',
  severity: 'error',
  why: 'Two spellings or names of one argument reach the engine as two flags, of which the last silently wins.',
  check: ({ args }) => {
    const seen = new Map<string, string>();
    return args.flatMap(({ key, option }) => {
      const other = seen.get(option);
      seen.set(option, key);
      if (other === undefined) return [];
      return [
        {
          message: `${key} is the same argument as ${other}, which is also given`,
          at: ['engine_args', key],
          suggestion: 'Keep one of the two.',
        },
      ];
    });
  },
});
