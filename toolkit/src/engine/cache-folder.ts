import { chmodSync, mkdirSync, statSync } from 'node:fs';
import { messageOf } from 'aim-runtime/system';
import { failure } from '../exit-codes.ts';

/**
 * Makes a model cache so that the image's own user may write to it; one that is there is left as it is.
 * @throws AimError environment
 */
export function ensureCacheFolder(folder: string): void {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return;
  try {
    mkdirSync(folder, { recursive: true });
    chmodSync(folder, 0o1777);
  } catch (error) {
    throw failure('environment', {
      message: `cannot make the model cache ${folder}: ${messageOf(error)}`,
      hint: 'Choose another folder with --cache-dir.',
      cause: error,
    });
  }
}
