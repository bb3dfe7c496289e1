import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AimError, messageOf, systemCode } from 'aim-runtime/system';
import { makeFolder } from '../documents/make-folder.ts';
import { failure } from '../exit-codes.ts';

export interface WriteOptions {
  readonly signal: AbortSignal;
  /** Told how many bytes have been written so far. */
  readonly onWritten?: (writtenBytes: number) => void;
}

const NO_ROOM = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/**
 * Writes a whole file under its name, or nothing: until it is complete it has another name, and a failure removes it.
 * Returns its size in bytes. @throws AimError disk, interrupted, or what reading the content throws
 */
export async function writeWholeFile(
  file: string,
  content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  { signal, onWritten }: WriteOptions,
): Promise<number> {
  const partial = `${file}.${randomUUID().slice(0, 8)}.partial`;
  let writtenBytes = 0;
  try {
    makeFolder(dirname(file));
    const handle = await open(partial, 'wx');
    try {
      for await (const chunk of content) {
        signal.throwIfAborted();
        await handle.writeFile(chunk);
        writtenBytes += chunk.length;
        onWritten?.(writtenBytes);
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(partial, file);
    return writtenBytes;
  } catch (error) {
    // What went wrong first is what counts.
    await rm(partial, { force: true }).catch(() => undefined);
    throw describe(error, file);
  }
}

function describe(error: unknown, file: string): unknown {
  const code = systemCode(error);
  if (code === undefined || error instanceof AimError) return error;
  if (NO_ROOM.has(code)) {
    return failure('disk', {
      message: `there is no room to write ${file}: ${messageOf(error)}`,
      hint: 'Free some space or choose another place; what was written has been removed.',
      cause: error,
    });
  }
  return failure('disk', {
    message: `cannot write ${file}: ${messageOf(error)}`,
    hint: 'Choose a place that this user may write to.',
    cause: error,
  });
}
