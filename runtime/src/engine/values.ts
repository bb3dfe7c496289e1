import type { ArgValue } from '../profile/types.ts';

/** True for a list of argument values. */
export function isList(value: ArgValue): value is readonly ArgValue[] {
  return Array.isArray(value);
}

/** True for an object of argument values. */
export function isMapping(value: ArgValue): value is Readonly<Record<string, ArgValue>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
