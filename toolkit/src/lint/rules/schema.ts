import { describeSchemaErrors } from 'aim-runtime/profile';
import { findErrors, isOfRule } from '../schema-errors.ts';
import type { Rule } from '../rule.ts';

export const schema: Rule = {
  id: 'schema',
  severity: 'error',
  kinds: ['profile', 'model-metadata', 'base-metadata'],
  why: 'A file that does not fit its schema is refused when an image is built or started.',
  check: (file) => {
    const errors = findErrors(file).filter((error) => isOfRule(error, 'schema'));
    if (errors.length === 0) return [];
    return describeSchemaErrors(errors, file.value, file.text).map(({ message, line, column, hint }) => ({
      message,
      at: { line: line ?? 1, column: column ?? 1 },
      ...(hint === undefined ? {} : { suggestion: hint }),
    }));
  },
};
