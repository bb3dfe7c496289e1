/** Reading documents of others: whatever is missing or of another kind is simply not there. */
export type Json = Readonly<Record<string, unknown>>;

/** Undefined for what is no JSON. */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
}

/** Anything else is an empty object. */
export function toObject(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

/** Anything else is an empty list. */
export function toList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Undefined for anything else. */
export function toText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
