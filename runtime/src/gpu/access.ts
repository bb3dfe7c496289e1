import { accessSync, constants, statSync } from 'node:fs';
import { systemCode } from '../system/errors.ts';

export type Access = 'ok' | 'missing' | 'denied';

/** Tells whether this process may open a device file for reading and writing. */
export type CheckAccess = (path: string) => Access;

/** {@link CheckAccess} by the file system. Does not open the file: opening a render node wakes a sleeping GPU. */
export const checkDeviceAccess: CheckAccess = (path) => {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return 'ok';
  } catch (error) {
    const code = systemCode(error);
    return code === 'ENOENT' || code === 'ENOTDIR' ? 'missing' : 'denied';
  }
};

/** Group id that owns a file, or undefined when it cannot be told. */
export function loadOwningGroup(path: string): number | undefined {
  try {
    return statSync(path).gid;
  } catch {
    return undefined;
  }
}
