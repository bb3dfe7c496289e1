import { parseBaseMetadata, parseModelMetadata } from 'aim-runtime/profile';
import { AimError } from 'aim-runtime/system';
import { failure } from '../exit-codes.ts';
import type { LabelTree, LabelValue } from './labels.ts';

/** The labels tree of a metadata.yaml. @throws AimError check-failed, its details `file:line:column: …` */
export function parseMetadata(
  text: string,
  { file, kind }: { readonly file: string; readonly kind: 'base' | 'model' },
): LabelTree {
  try {
    return toTree(kind === 'base' ? parseBaseMetadata(text, file) : parseModelMetadata(text, file));
  } catch (error) {
    if (!(error instanceof AimError)) throw error;
    const { message, hint, details } = error;
    throw failure('check-failed', { message, details, cause: error, ...(hint === undefined ? {} : { hint }) });
  }
}

/** The checked file without keys that are undefined. */
function toTree(data: object): LabelTree {
  return Object.fromEntries(Object.entries(data).map(([key, value]: [string, unknown]) => [key, toValue(value)]));
}

function toValue(value: unknown): LabelValue {
  if (Array.isArray(value)) return value.map(toValue);
  if (typeof value === 'object' && value !== null) return toTree(value);
  return value as LabelValue;
}
