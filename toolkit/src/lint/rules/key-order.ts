import { formatProfile } from '../../profiles/format.ts';
import { keyComparator } from '../../profiles/key-order.ts';
import { isMapping } from '../profile-view.ts';
import { profileRule } from '../rule.ts';
import type { Problem } from '../finding.ts';

const BY_PROGRAM: Pick<Problem, 'suggestion' | 'fix'> = {
  suggestion: 'Sort the keys: aimctl lint --fix or aimctl profile fmt does it.',
  fix: { kind: 'format' },
};
/** Flow style, and anchors that would come below what refers to them. */
const BY_HAND: Pick<Problem, 'suggestion'> = {
  suggestion: 'Sort the keys by hand: in the form in which this file is written no program can do it safely.',
};
const SECTIONS = ['metadata', 'engine_args', 'env_vars'];

export const keyOrder = profileRule({
  id: 'key-order',
  severity: 'warning',
  why: 'Profiles are compared side by side; in one order of keys a difference is seen at once.',
  check: (_profile, { value, text }) => {
    const document = value as Readonly<Record<string, unknown>>;
    const sections = SECTIONS.flatMap((name) => {
      const section = document[name];
      return isMapping(section) ? findDisorder([name], Object.keys(section)) : [];
    });
    const found = [...findDisorder([], Object.keys(document)), ...sections];
    if (found.length === 0) return [];
    const repair = formatProfile(text) === text ? BY_HAND : BY_PROGRAM;
    return found.map((problem) => ({ ...problem, ...repair }));
  },
});

/** The first key that belongs above the one before it. */
function findDisorder(path: readonly string[], keys: readonly string[]): Problem[] {
  const compare = keyComparator(path, keys);
  const index = compare ? keys.findIndex((key, at) => at > 0 && compare(keys[at - 1] ?? '', key) > 0) : -1;
  const key = keys[index];
  if (key === undefined) return [];
  return [
    {
      message: `${key} comes after ${keys[index - 1] ?? ''}`,
      at: [...path, key],
    },
  ];
}
