import { FILE_KINDS } from '../file-kinds.ts';
import type { Rule } from '../rule.ts';

export const duplicateKey: Rule = {
  id: 'duplicate-key',
  severity: 'error',
  kinds: FILE_KINDS,
  why: 'Only the last value of a repeated key counts; the others look as if they did something.',
  check: (file) => {
    const repeated = file.mayRepeatKeys ? (file.index()?.repeatedKeys() ?? []) : [];
    return repeated.map(({ key, position, first }) => ({
      message: `${key} is given a second time; line ${first.line} has it already`,
      at: position,
      suggestion: 'Keep one of the two.',
    }));
  },
};
