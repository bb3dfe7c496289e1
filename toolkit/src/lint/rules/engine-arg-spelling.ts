import { profileRule } from '../rule.ts';

export const engineArgSpelling = profileRule({
  id: 'engine-arg-spelling',
  severity: 'warning',
  why: 'The engine takes a_b for a-b, but people who search for one spelling, or override it, miss the other.',
  check: ({ args }) => {
    const keys = new Set(args.map(({ key }) => key));
    return args
      .filter(({ key, name }) => key !== name)
      .map(({ key, name }) => ({
        message: `${key} is spelled with underscores`,
        at: ['engine_args', key],
        suggestion: `Write ${name}.`,
        ...(keys.has(name) ? {} : { fix: { kind: 'rename', path: ['engine_args', key], name } }),
      }));
  },
});
