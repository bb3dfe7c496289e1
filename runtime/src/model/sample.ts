import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const PIECE_BYTES = 4096;

/** What a quick look at a file shows. */
export interface Sample {
  readonly sizeBytes: number;
  /** Hash of three pieces of the content: its start, its middle and its end. */
  readonly sample: string;
}

/** Looks at a file in constant time; undefined when it cannot be read. Shows swapped, zeroed and cut-off files. */
export function takeSample(path: string): Sample | undefined {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return undefined;
  }
  try {
    const { size } = fstatSync(file);
    const buffer = Buffer.alloc(PIECE_BYTES);
    // Taken here: a start that finds no marker does not pay for it.
    const hash = process.getBuiltinModule('node:crypto').createHash('sha256');
    const starts = new Set([0, Math.floor(size / 2), Math.max(0, size - PIECE_BYTES)]);
    for (const start of starts) {
      const length = readSync(file, buffer, 0, PIECE_BYTES, start);
      hash.update(buffer.subarray(0, length));
    }
    return { sizeBytes: size, sample: hash.digest('hex').slice(0, 32) };
  } catch {
    return undefined; // a folder, or a disk that fails
  } finally {
    closeSync(file);
  }
}
