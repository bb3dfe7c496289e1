import { isMapping } from './profile-view.ts';

/** A text somewhere in a value. */
export interface PlacedText {
  /** Keys and indexes down to it. */
  readonly path: readonly (string | number)[];
  /** The nearest key around it. */
  readonly name: string;
  readonly text: string;
}

const known = new WeakMap<object, readonly PlacedText[]>();

/** Every text in the arguments and variables of a profile's document, however deep; looked for once. */
export function textsInSettings(document: unknown): readonly PlacedText[] {
  if (!isMapping(document)) return [];
  const before = known.get(document);
  if (before) return before;
  const found: PlacedText[] = [];
  const seen = new Set<unknown>();
  for (const section of ['engine_args', 'env_vars']) {
    collect(document[section], { path: [section], name: section }, { found, seen });
  }
  known.set(document, found);
  return found;
}

interface Search {
  readonly found: PlacedText[];
  /** Aliases of YAML can make a value larger than memory, or part of itself: each part is looked into once. */
  readonly seen: Set<unknown>;
}

function collect(value: unknown, { path, name }: Omit<PlacedText, 'text'>, search: Search): void {
  if (typeof value === 'string') search.found.push({ path, name, text: value });
  if (typeof value !== 'object' || value === null || search.seen.has(value)) return;
  search.seen.add(value);
  const isList = Array.isArray(value);
  for (const [key, item] of Object.entries(value)) {
    // Numbers and truth values are most of what there is.
    if (typeof item !== 'string' && typeof item !== 'object') continue;
    collect(item, { path: [...path, isList ? Number(key) : key], name: isList ? name : key }, search);
  }
}
