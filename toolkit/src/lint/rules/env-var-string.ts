import type { Rule } from '../rule.ts';
import { errorPath, findErrors, isOfRule } from '../schema-errors.ts';

export const envVarString: Rule = {
  id: 'env-var-string',
  severity: 'error',
  kinds: ['profile'],
  why: 'The environment holds texts: a number or truth value would be refused, or reach the engine in another spelling.',
  check: (file) =>
    findErrors(file)
      .filter((error) => isOfRule(error, 'env-var-string'))
      .map((error) => {
        const path = errorPath(error);
        const isScalar = file.index()?.spanOf(path)?.value !== undefined;
        return {
          message: `${path.join('.')} is no text`,
          at: path,
          part: 'value',
          suggestion: 'Put the value in quotes.',
          ...(isScalar ? { fix: { kind: 'quote', path } } : {}),
        };
      }),
};
