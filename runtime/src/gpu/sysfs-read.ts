import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemCode } from '../system/errors.ts';

/** Content of a sysfs file without surrounding space, or the system's error code (EBUSY, ENODATA, EPERM, ENOENT…). */
export type SysfsText = { readonly text: string } | { readonly code: string };

export function loadText(...path: readonly string[]): SysfsText {
  try {
    return { text: readFileSync(join(...path), 'utf8').trim() };
  } catch (error) {
    return { code: systemCode(error) ?? 'unknown' };
  }
}

/** Content of a file, or undefined whatever the reason: drivers refuse single readings at any time. */
export function loadOptional(...path: readonly string[]): string | undefined {
  const result = loadText(...path);
  return 'text' in result ? result.text : undefined;
}

/** A file that holds one decimal number, or undefined. */
export function loadNumber(...path: readonly string[]): number | undefined {
  const text = loadOptional(...path);
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

/** Names in a folder; none when it cannot be read. */
export function loadNames(...path: readonly string[]): readonly string[] {
  try {
    return readdirSync(join(...path));
  } catch {
    return [];
  }
}
