export type JsonObject = Readonly<Record<string, unknown>>;

/** The value as an object, or undefined for arrays, null and everything else. */
export function asObject(value: unknown): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
}

const MAX_CANDIDATES = 50;

/**
 * Finds the JSON document in a tool's output: an object, or an array of objects. Warnings before and after it are
 * skipped, also those that start with a bracket. Undefined when there is none.
 */
export function extractJson(text: string): JsonObject | readonly JsonObject[] | undefined {
  let candidates = 0;
  for (const match of text.matchAll(/^[ \t]*[[{]/gm)) {
    if (++candidates > MAX_CANDIDATES) return undefined;
    const start = match.index + match[0].length - 1;
    const document = asDocument(parseQuietly(text.slice(start)) ?? parseQuietly(sliceBalanced(text, start)));
    if (document) return document;
  }
  return undefined;
}

/** Records of one per GPU: an array, the same inside `gpu_data`, else none (also for `{error, code}`). */
export function selectGpuRecords(document: JsonObject | readonly JsonObject[] | undefined): readonly JsonObject[] {
  const list: unknown = Array.isArray(document) ? document : asObject(document)?.['gpu_data'];
  return Array.isArray(list) ? list.map(asObject).filter((record) => record !== undefined) : [];
}

export interface Reading {
  readonly value: number;
  readonly unit: string | undefined;
}

/** A reading as 0, "0", "16368 MB", {value, unit}; undefined for "N/A" and anything else. */
export function parseReading(raw: unknown): Reading | undefined {
  if (typeof raw === 'number') return Number.isFinite(raw) ? { value: raw, unit: undefined } : undefined;
  if (typeof raw === 'string') {
    const match = /^(\d+(?:\.\d+)?)\s*([A-Za-z%]*)$/.exec(raw.trim());
    return match ? { value: Number(match[1]), unit: match[2] === '' ? undefined : match[2] } : undefined;
  }
  const object = asObject(raw);
  if (!object) return undefined;
  const inner = object['value'];
  const reading = typeof inner === 'object' ? undefined : parseReading(inner);
  const unit = object['unit'];
  return reading && typeof unit === 'string' ? { value: reading.value, unit } : reading;
}

// These tools write MB and GB for MiB and GiB.
const BYTES: Readonly<Record<string, number>> = { B: 1, KB: 2 ** 10, MB: 2 ** 20, GB: 2 ** 30, TB: 2 ** 40 };

/** A memory size in bytes. A bare number counts in `defaultUnit`. Undefined for an unknown unit. */
export function parseBytes(raw: unknown, defaultUnit: 'B' | 'MB' = 'MB'): number | undefined {
  const reading = parseReading(raw);
  const unit = (reading?.unit ?? defaultUnit).toUpperCase().replace('IB', 'B');
  const factor = BYTES[unit];
  return reading && factor !== undefined ? Math.round(reading.value * factor) : undefined;
}

/** A word such as a mode, a version or an address; undefined for "N/A", empty and other values. */
export function parseWord(raw: unknown): string | undefined {
  const word = typeof raw === 'string' ? raw.trim() : '';
  return word === '' || /^(?:n\/a|none|unknown)$/i.test(word) ? undefined : word;
}

function asDocument(value: unknown): JsonObject | readonly JsonObject[] | undefined {
  if (!Array.isArray(value)) return asObject(value);
  return value.every((item) => asObject(item)) ? (value as readonly JsonObject[]) : undefined;
}

function parseQuietly(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

// From an opening bracket to its counterpart; brackets inside strings do not count.
function sliceBalanced(text: string, start: number): string {
  let depth = 0;
  let inString = false;
  for (let at = start; at < text.length; at++) {
    const char = text[at];
    if (inString) {
      if (char === '\\') at += 1;
      else if (char === '"') inString = false;
    } else if (char === '"') inString = true;
    else if (char === '[' || char === '{') depth += 1;
    else if ((char === ']' || char === '}') && --depth === 0) return text.slice(start, at + 1);
  }
  return '';
}
