import type { LintFile } from '../lint-file.ts';
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
        const fixable = isQuotable(file, path);
        return {
          message: `${path.join('.')} is no text`,
          at: path,
          part: 'value',
          suggestion: fixable ? 'Put the value in quotes.' : 'Write the text that is meant in quotes, or remove it.',
          ...(fixable ? { fix: { kind: 'quote', path } } : {}),
        };
      }),
};

/** In quotes no value would become the word null, and behind a tag a text would become a number again. */
function isQuotable(file: LintFile, path: readonly string[]): boolean {
  const { key, value } = file.index()?.spanOf(path) ?? {};
  if (!key || !value) return false;
  const between = file.text.slice(key.end, value.start);
  return !between.includes('!') && !/^(?:null|~)?$/i.test(file.text.slice(value.start, value.end));
}
