import { statfs } from 'node:fs/promises';
import type { RuntimeErrorCode } from '../exit-codes.ts';
import { AimError, systemCode } from '../system/errors.ts';

/** Fails with both numbers when a folder's disk has less room than `neededBytes`. */
export async function requireSpace(folder: string, neededBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const freeBytes = bavail * bsize;
  if (neededBytes <= freeBytes) return;
  throw new AimError<RuntimeErrorCode>('cache', {
    message: `the download needs ${formatBytes(neededBytes)} and ${folder} has ${formatBytes(freeBytes)} free`,
    hint: `Free ${formatBytes(neededBytes - freeBytes)}, or set AIM_CACHE_PATH to a larger disk. Nothing was downloaded.`,
  });
}

/** What system calls say of a file in a folder's place, a folder in a file's, and a link in either's. */
const IN_THE_WAY = new Set(['EEXIST', 'ENOTDIR', 'EISDIR', 'ENOTEMPTY', 'ELOOP']);

/** Tells what a failure to write means; undefined for any other failure. */
export function explainWriteFailure(error: unknown, folder: string): AimError<RuntimeErrorCode> | undefined {
  const code = systemCode(error);
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG') {
    return new AimError('cache', {
      message: `${code === 'ENOSPC' ? 'the disk' : 'the quota'} of ${folder} became full during the download`,
      hint: `Free space there and run the command again: what is verified stays, and what arrived is not fetched twice.`,
      cause: error,
    });
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return new AimError('cache', {
      message: `${folder} cannot be written to (${code}), and the model is not in it yet`,
      hint: 'Mount the cache writable for this user, or set AIM_CACHE_PATH to a folder that is.',
      cause: error,
    });
  }
  if (code !== undefined && IN_THE_WAY.has(code)) {
    return new AimError('cache', {
      message: `something else is in the way at ${placeOf(error) ?? folder} (${code})`,
      hint: 'A model needs folders and plain files there. Move it away, or set AIM_CACHE_PATH to another folder.',
      cause: error,
    });
  }
  return undefined;
}

/** Where a rename was to lead, or what could not be made. */
function placeOf(error: unknown): string | undefined {
  const { dest, path } = error as NodeJS.ErrnoException & { dest?: string };
  return dest ?? path;
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** A number of bytes for people: `1.5 GiB`. */
export function formatBytes(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** power;
  return `${power === 0 ? value : value.toFixed(value < 10 ? 2 : 1)} ${UNITS[power] ?? 'B'}`;
}
