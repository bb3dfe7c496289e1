import { readdirSync, rmdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { messageOf, nearestNames, systemCode } from 'aim-runtime/system';
import { failure } from '../exit-codes.ts';
import { scanCache, type CacheEntry } from './scan.ts';

const DAY_MS = 86_400_000;

/** The entries of the given names, each in all of its layouts. @throws AimError usage for a name that is not there */
export function findEntries(cachePath: string, names: readonly string[], nowMs: number): CacheEntry[] {
  const all = scanCache(cachePath, nowMs);
  return [...new Set(names)].flatMap((name) => {
    const found = all.filter((entry) => entry.name.toLowerCase() === name.toLowerCase());
    if (found.length > 0) return found;
    const near = nearestNames(name, [...new Set(all.map((entry) => entry.name))]);
    throw failure('usage', {
      message: `${name} is not in ${cachePath}`,
      hint: near.length > 0 ? `Did you mean ${near.join(' or ')}?` : 'aimctl cache list shows what is there.',
    });
  });
}

/** Models that were put there so many days ago, downloads that were given up included; none that is under way. */
export function planCleanup(entries: readonly CacheEntry[], days: number, nowMs: number): CacheEntry[] {
  return entries.filter(({ busy, cachedAt }) => !busy && nowMs - Date.parse(cachedAt) > days * DAY_MS);
}

/**
 * Deletes the entries' folders, and that of an organisation that has nothing left.
 * @throws AimError check-failed when one is being downloaded, and then deletes none; environment when the disk refuses
 */
export function removeEntries(entries: readonly CacheEntry[], cachePath: string): void {
  const busy = entries.filter((entry) => entry.busy);
  if (busy.length > 0) {
    throw failure('check-failed', {
      message: `${busy.map(({ name }) => name).join(', ')} is being downloaded by another process`,
      hint: 'Stop that process first; nothing was removed.',
    });
  }
  for (const { path } of entries) {
    try {
      rmSync(path, { recursive: true, force: true });
      const parent = dirname(path);
      if (parent !== cachePath && readdirSync(parent).length === 0) rmdirSync(parent);
    } catch (error) {
      if (systemCode(error) === 'ENOENT') continue; // someone else was faster
      throw failure('environment', {
        message: `cannot remove ${path}: ${messageOf(error)}`,
        hint: 'Files that a container wrote may belong to its user: run this command as that user.',
        cause: error,
      });
    }
  }
}
