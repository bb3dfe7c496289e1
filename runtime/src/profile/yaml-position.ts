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
  /** Pairs of the collections that were looked into, by the index of their event. */
  readonly pairs: Map<number, readonly Pair[]>;
  /** Pairs of mappings by their keys, of repeated ones the last. */
  readonly byKey: Map<number, ReadonlyMap<string, Pair>>;
  /** Offsets at which lines begin. */
  readonly lineStarts: readonly number[];
}

/** Where a pair of a mapping begins in the events. */
interface Pair {
  readonly key: number;
  readonly value: number;
}

/** Characters of a text from `start` up to `end`, in UTF-16 units. */
export interface TextSpan {
  readonly start: number;
  readonly end: number;
}

/** A key and its value as they are written; `value` is undefined where nothing is, or where it is a collection. */
export interface YamlPlace {
  readonly key: TextSpan;
  readonly value: TextSpan | undefined;
}

/** Where the keys and values of one YAML document are written. */
export interface YamlIndex {
  /** As {@link locate}, without reading the text again. */
  locate(path: YamlPath, part?: 'key' | 'value'): TextPosition | undefined;
  /** Text of a mapping's entry: key and plain or quoted value, quotes included. Undefined for other values. */
  spanOf(path: YamlPath): YamlPlace | undefined;
  /** Every key that its mapping had before, in the order of the text. */
  repeatedKeys(): readonly { readonly key: string; readonly position: TextPosition; readonly first: TextPosition }[];
}

/** Reads a text once for many questions; undefined when it is no YAML. */
export function createYamlIndex(text: string): YamlIndex | undefined {
  const document = parseDocument(text);
  if (!document) return undefined;
  return {
    locate: (path, part = 'key') => locateIn(document, path, part),
    spanOf: (path) => {
      const pair = findPair(document, path);
      const key = pair && spanAt(document, pair.key);
      return key && { key, value: spanAt(document, pair.value) };
    },
    repeatedKeys: () => findRepeatedKeys(document),
  };
}

/**
 * Finds where a path is written in the first document of a YAML text: the key that ends it, or its value when
 * `part` is `value`. A list item is its own key, a value that is left empty stands where its key does, and of a
 * repeated key the last one counts. Undefined when the text is no YAML or has no such path, which includes what
 * an alias or a merge key brings in. Reads the whole text again, so it is meant for error messages.
 */
export function locate(text: string, path: YamlPath, part: 'key' | 'value' = 'key'): TextPosition | undefined {
  const document = parseDocument(text);
  return document && locateIn(document, path, part);
}

function locateIn(document: Document, path: YamlPath, part: 'key' | 'value'): TextPosition | undefined {
  const pair = findPair(document, path);
  if (!pair) return undefined;
  const offset = (part === 'value' ? offsetOf(document, pair.value) : undefined) ?? offsetOf(document, pair.key);
  return offset === undefined ? undefined : positionAt(document, offset);
}

/** The pair at a path; the root is the pair of itself. */
function findPair(document: Document, path: YamlPath): Pair | undefined {
  let pair: Pair = { key: 1, value: 1 };
  for (const step of path) {
    const child = findChild(document, pair.value, step);
    if (!child) return undefined;
    pair = child;
  }
  return pair;
}

function findRepeatedKeys(document: Document): ReturnType<YamlIndex['repeatedKeys']> {
  return document.events.flatMap(({ type }, mapping) => {
    if (type !== EVENT_ID.MAPPING) return [];
    const seen = new Map<string, number>();
    return pairsOf(document, mapping).flatMap(({ key }) => {
      const name = keyText(document, key);
      const first = name === undefined ? undefined : seen.get(name);
      if (name === undefined || name === '<<') return [];
      if (first === undefined) seen.set(name, key);
      const at = (index: number) => positionAt(document, offsetOf(document, index) ?? 0);
      return first === undefined ? [] : [{ key: name, position: at(key), first: at(first) }];
    });
  });
}

function spanAt(document: Document, index: number): TextSpan | undefined {
  const event = document.events[index];
  if (event?.type !== EVENT_ID.SCALAR) return undefined;
  const start = scalarOffset(event);
  return start === undefined ? undefined : { start, end: event.valueEnd + (start < event.valueStart ? 1 : 0) };
}

function parseDocument(text: string): Document | undefined {
  try {
    const events = parseEvents(text, {});
    return events.length > 1
      ? { text, events, pairs: new Map(), byKey: new Map(), lineStarts: findLineStarts(text) }
      : undefined;
  } catch {
    // The caller already reports what is wrong with the text; there is no position to add.
    return undefined;
  }
}

function findChild(document: Document, parent: number, step: string | number): Pair | undefined {
  const type = document.events[parent]?.type;
  if (type === EVENT_ID.SEQUENCE) return itemsOf(document, parent)[Number(step)];
  if (type !== EVENT_ID.MAPPING) return undefined;
  return keysOf(document, parent).get(String(step));
}

function keysOf(document: Document, mapping: number): ReadonlyMap<string, Pair> {
  const known = document.byKey.get(mapping);
  if (known) return known;
  const keys = new Map(
    pairsOf(document, mapping).flatMap((pair) => {
      const name = keyText(document, pair.key);
      return name === undefined ? [] : [[name, pair] as const];
    }),
  );
  document.byKey.set(mapping, keys);
  return keys;
}

function pairsOf(document: Document, mapping: number): readonly Pair[] {
  const known = document.pairs.get(mapping);
  if (known) return known;
  const children = childrenOf(document, mapping);
  const pairs = children.flatMap((key, index) => {
    const value = children[index + 1];
    return index % 2 === 0 && value !== undefined ? [{ key, value }] : [];
  });
  document.pairs.set(mapping, pairs);
  return pairs;
}

function itemsOf(document: Document, sequence: number): readonly Pair[] {
  const known = document.pairs.get(sequence);
  if (known) return known;
  const items = childrenOf(document, sequence).map((item) => ({ key: item, value: item }));
  document.pairs.set(sequence, items);
  return items;
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

function findLineStarts(text: string): number[] {
  // A byte order mark is no character of the first line.
  const starts = [text.startsWith('\uFEFF') ? 1 : 0];
  for (const { 0: lineEnd, index } of text.matchAll(/\r\n|\r|\n/g)) starts.push(index + lineEnd.length);
  return starts;
}

function positionAt({ lineStarts }: Document, offset: number): TextPosition {
  let low = 0;
  let high = lineStarts.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((lineStarts[middle] ?? 0) <= offset) low = middle;
    else high = middle;
  }
  return { line: low + 1, column: Math.max(0, offset - (lineStarts[low] ?? 0)) + 1 };
}
