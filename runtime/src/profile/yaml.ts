import { CORE_SCHEMA, load, mergeTag, YAMLException } from 'js-yaml';
import { messageOf } from '../system/errors.ts';
import type { ProfileProblem } from './types.ts';

/** Most nodes a document may have once its aliases are followed; a profile has well under a hundred. */
const MOST_NODES = 20_000;
const MOST_ALIASES = 100;
const SCHEMA = CORE_SCHEMA.withTags(mergeTag);

export type YamlResult =
  | { readonly ok: true; readonly value: unknown; readonly warnings: readonly ProfileProblem[] }
  | { readonly ok: false; readonly problem: ProfileProblem };

/**
 * Reads one YAML 1.2 document (with the merge key `<<`). A repeated key is a warning and its last value counts,
 * as in the Python loaders profiles were first written for; unknown tags, several documents, cycles and
 * aliases that blow up are refused.
 */
export function parseYaml(text: string): YamlResult {
  try {
    return checked(load(text, { schema: SCHEMA, maxAliases: MOST_ALIASES }), []);
  } catch (error) {
    if (!(error instanceof YAMLException) || !error.reason.startsWith('duplicated mapping key')) {
      return { ok: false, problem: problemOf(error) };
    }
    return readWithRepeatedKeys(text, { ...problemOf(error), message: 'a key is repeated; its last value counts' });
  }
}

function readWithRepeatedKeys(text: string, warning: ProfileProblem): YamlResult {
  try {
    return checked(load(text, { schema: SCHEMA, maxAliases: MOST_ALIASES, json: true }), [warning]);
  } catch (error) {
    return { ok: false, problem: problemOf(error) };
  }
}

function checked(value: unknown, warnings: readonly ProfileProblem[]): YamlResult {
  if (countNodes(value, new Map()) <= MOST_NODES) return { ok: true, value, warnings };
  const message = `its aliases expand to more than ${MOST_NODES} values, or to a cycle`;
  return {
    ok: false,
    problem: { message, line: 1, column: 1, hint: 'Write the values out instead of repeating aliases.' },
  };
}

/** Nodes of the value with every alias followed; infinite for a cycle. Linear in the text's own size. */
function countNodes(value: unknown, counted: Map<object, number>): number {
  if (typeof value !== 'object' || value === null) return 1;
  const before = counted.get(value);
  if (before !== undefined) return before;
  counted.set(value, Number.POSITIVE_INFINITY);
  let total = 1;
  for (const child of Object.values(value)) total += countNodes(child, counted);
  counted.set(value, total);
  return total;
}

function problemOf(error: unknown): ProfileProblem {
  if (!(error instanceof YAMLException)) return { message: messageOf(error), line: 1, column: 1 };
  return { message: error.reason, line: (error.mark?.line ?? 0) + 1, column: (error.mark?.column ?? 0) + 1 };
}
