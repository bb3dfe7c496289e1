import { nearestNames } from 'aim-runtime/system';
import type { Problem } from '../finding.ts';
import type { Rule } from '../rule.ts';
import { errorPath, findErrors, isOfRule, knownKeys } from '../schema-errors.ts';

export const unknownKey: Rule = {
  id: 'unknown-key',
  severity: 'error',
  kinds: ['profile', 'model-metadata', 'base-metadata'],
  why: 'The schema knows no such key, so what it says is refused or never read; most often it is a misspelling.',
  check: (file) =>
    findErrors(file)
      .filter((error) => isOfRule(error, 'unknown-key'))
      .map((error) => {
        const parent = errorPath(error);
        const key = String(error.params['additionalProperty']);
        const known = knownKeys(file.kind, parent);
        return describe([...parent, key], key, known);
      }),
};

function describe(path: readonly string[], key: string, known: readonly string[]): Problem {
  const near = nearestNames(key, known);
  const same = known.find((name) => plain(name) === plain(key));
  return {
    message: `${path.join('.')} is not a known key`,
    at: path,
    suggestion:
      near.length > 0 ? `Did you mean ${near.join(' or ')}?` : `Known here: ${known.join(', ') || 'nothing'}.`,
    ...(same === undefined ? {} : { fix: { kind: 'rename', path, name: same } }),
  };
}

/** Only spelling with dashes, underscores or capitals tells the two apart. */
function plain(key: string): string {
  return key.toLowerCase().replaceAll(/[-_ ]/g, '');
}
