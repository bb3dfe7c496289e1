import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const LENGTH_BYTES = 8;
/** The format's own limit. */
const LONGEST_HEADER_BYTES = 100_000_000;
const OPENING_BRACE = 0x7b;

interface Tensor {
  readonly data_offsets?: readonly [number, number];
}

/**
 * True when a safetensors file is as long as its header says and holds `tensor`, if one is given. A file that was cut
 * off, zeroed or swapped with another shard fails that without its content being read. What is no safetensors file at
 * all is left to the engine to judge, if it is not zeroed.
 */
export function isWholeSafetensors(path: string, tensor?: string): boolean {
  return withFile(path, (file, sizeBytes) => {
    const start = Buffer.alloc(LENGTH_BYTES + 1);
    const read = readSync(file, start, 0, start.length, 0);
    if (read < start.length) return read > 0 && !start.subarray(0, read).includes(0);
    const headerBytes = Number(start.readBigUInt64LE());
    if (start[LENGTH_BYTES] !== OPENING_BRACE || headerBytes > LONGEST_HEADER_BYTES)
      return !start.every((byte) => byte === 0);
    if (headerBytes > sizeBytes - LENGTH_BYTES) return false;
    const text = Buffer.alloc(headerBytes);
    if (readSync(file, text, 0, headerBytes, LENGTH_BYTES) < headerBytes) return false;
    const header = JSON.parse(text.toString('utf8')) as Record<string, Tensor>;
    const ends = Object.values(header).map(({ data_offsets: offsets }) => offsets?.[1] ?? 0);
    const dataBytes = ends.reduce((most, end) => Math.max(most, end), 0);
    return (
      LENGTH_BYTES + headerBytes + dataBytes === sizeBytes && (tensor === undefined || Object.hasOwn(header, tensor))
    );
  });
}

/** True when a file of weights in another format has content: no format starts with eight zero bytes. */
export function hasContent(path: string): boolean {
  return withFile(path, (file) => {
    const start = Buffer.alloc(LENGTH_BYTES);
    return readSync(file, start, 0, LENGTH_BYTES, 0) > 0 && start.some((byte) => byte !== 0);
  });
}

/** False too when the file cannot be read or its header is no JSON. */
function withFile(path: string, look: (file: number, sizeBytes: number) => boolean): boolean {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    return look(file, fstatSync(file).size);
  } catch {
    return false;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
