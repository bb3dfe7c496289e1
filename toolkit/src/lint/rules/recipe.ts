import { basename } from 'node:path';
import { checkRecipe } from '../../recipes/check.ts';
import type { Rule } from '../rule.ts';

export const recipe: Rule = {
  id: 'recipe',
  severity: 'error',
  kinds: ['recipe'],
  why: 'A recipe that does not fit its schema, its file name or itself is not found, or starts something else than it says.',
  check: ({ problems, path, text }) => {
    // What is no YAML, or has keys twice, has rules of its own.
    if (problems.length > 0) return [];
    return checkRecipe(text, basename(path))
      .problems.filter(({ message }) => !message.startsWith('a key is repeated'))
      .map(({ message, severity, line, column, hint }) => ({
        message,
        at: { line, column },
        severity,
        ...(hint === undefined ? {} : { suggestion: hint }),
      }));
  },
};
