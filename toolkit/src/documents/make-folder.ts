import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { systemCode } from 'aim-runtime/system';

/**
 * Makes a folder with those above it; one that is there already is left alone. Node's own way of it never ends in
 * places such as /proc that refuse with ENOENT. Throws what the system says when it refuses.
 */
export function makeFolder(path: string): void {
  const parent = dirname(path);
  try {
    makeOne(path);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT' || parent === path) throw error;
    makeFolder(parent);
    makeOne(path);
  }
}

/** Another process may make the same folder meanwhile. */
function makeOne(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
  }
}
