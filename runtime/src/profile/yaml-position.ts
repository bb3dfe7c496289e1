import { EVENT_ID, getScalarValue, parseEvents, SCALAR_STYLE } from 'js-yaml';
import type { Event, ScalarEvent } from 'js-yaml';

/** Place in a text; both numbers count from 1, the column in UTF-16 units. */
export interface TextPosition {
  readonly line: number;
  readonly column: number;
}

/** Keys of mappings and indexes of sequences, from the root down. */
export type YamlPath = readonly (string | number)[];

interface Document {
  readonly text: string;
  readonly events: readonly Event[];
}

/** Where a pair of a mapping begins in the events. */
interface Pair {
  readonly key: number;
  readonly value: number;
}

/**
 * Finds where a path is written in the first document of a YAML text: the key that ends it, or its value when
 * `part` is `value`. A list item is its own key, a value that is left empty stands where its key does, and of a
 * repeated key the last one counts. Undefined when the text is no YAML or has no such path, which includes what
 * an alias or a merge key brings in. Reads the whole text again, so it is meant for error messages.
 */
export function locate(text: string, path: YamlPath, part: 'key' | 'value' = 'key'): TextPosition | undefined {
  const document = parseDocument(text);
  if (!document) return undefined;
  let key = 1;
  let value = 1;
  for (const step of path) {
    const pair = findChild(document, value, step);
    if (!pair) return undefined;
    ({ key, value } = pair);
  }
  const offset = (part === 'value' ? offsetOf(document, value) : undefined) ?? offsetOf(document, key);
  return offset === undefined ? undefined : positionAt(text, offset);
}

function parseDocument(text: string): Document | undefined {
  try {
    const events = parseEvents(text, {});
    return events.length > 1 ? { text, events } : undefined;
  } catch {
    // The caller already reports what is wrong with the text; there is no position to add.
    return undefined;
  }
}

function findChild(document: Document, parent: number, step: string | number): Pair | undefined {
  const type = document.events[parent]?.type;
  if (type === EVENT_ID.SEQUENCE) return itemsOf(document, parent)[Number(step)];
  if (type !== EVENT_ID.MAPPING) return undefined;
  return pairsOf(document, parent).findLast(({ key }) => keyText(document, key) === String(step));
}

function pairsOf(document: Document, mapping: number): Pair[] {
  const children = childrenOf(document, mapping);
  return children.flatMap((key, index) => {
    const value = children[index + 1];
    return index % 2 === 0 && value !== undefined ? [{ key, value }] : [];
  });
}

function itemsOf(document: Document, sequence: number): Pair[] {
  return childrenOf(document, sequence).map((item) => ({ key: item, value: item }));
}

/** Indexes of the events that begin the nodes directly inside a collection. */
function childrenOf({ events }: Document, collection: number): number[] {
  const children: number[] = [];
  let depth = 0;
  for (let index = collection + 1; depth >= 0 && index < events.length; index++) {
    const type = events[index]?.type;
    if (depth === 0 && type !== EVENT_ID.POP) children.push(index);
    if (type === EVENT_ID.MAPPING || type === EVENT_ID.SEQUENCE) depth++;
    if (type === EVENT_ID.POP) depth--;
  }
  return children;
}

function keyText({ text, events }: Document, index: number): string | undefined {
  const event = events[index];
  return event?.type === EVENT_ID.SCALAR && event.valueStart >= 0 ? getScalarValue(text, event) : undefined;
}

function offsetOf({ events }: Document, index: number): number | undefined {
  const event = events[index];
  if (event?.type === EVENT_ID.SCALAR) return scalarOffset(event);
  if (event?.type === EVENT_ID.ALIAS) return event.anchorStart - '*'.length;
  return event?.type === EVENT_ID.MAPPING || event?.type === EVENT_ID.SEQUENCE ? event.start : undefined;
}

function scalarOffset({ valueStart, style }: ScalarEvent): number | undefined {
  if (valueStart < 0) return undefined;
  const quoted = style === SCALAR_STYLE.SINGLE_QUOTED || style === SCALAR_STYLE.DOUBLE_QUOTED;
  return quoted ? valueStart - 1 : valueStart;
}

function positionAt(text: string, offset: number): TextPosition {
  const before = text.slice(text.startsWith('\uFEFF') ? 1 : 0, offset).split(/\r\n|\r|\n/);
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}
