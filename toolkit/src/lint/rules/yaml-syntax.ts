import { FILE_KINDS } from '../file-kinds.ts';
import type { Rule } from '../rule.ts';

export const yamlSyntax: Rule = {
  id: 'yaml-syntax',
  severity: 'error',
  kinds: FILE_KINDS,
  why: 'A file that cannot be read is left out when an image starts, and nothing else in it can be checked.',
  check: ({ problems }) =>
    problems.map(({ message, line, column, hint }) => ({
      message,
      at: { line: line ?? 1, column: column ?? 1 },
      ...(hint === undefined ? {} : { suggestion: hint }),
    })),
};
