import { crc32 } from 'node:zlib';

/** Most bytes a stored block holds. */
const BLOCK_BYTES = 0xffff;
const BLOCK_HEADER_BYTES = 5;
/** Deflate, no flags, no time, unknown system: nothing that depends on when or where it is written. */
const HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
const TRAILER_BYTES = 8;

/** Size of the gzip file that {@link gzipStored} makes of so many bytes. */
export function storedSize(sizeBytes: number): number {
  return HEADER.length + sizeBytes + blockCount(sizeBytes) * BLOCK_HEADER_BYTES + TRAILER_BYTES;
}

/**
 * Wraps bytes into a gzip file without compressing them. A compressor's output changes with its version, and with
 * it every digest; stored blocks have one form only. The result does not depend on how the input is cut into chunks.
 * @see https://www.rfc-editor.org/rfc/rfc1951#section-3.2.4
 */
export async function* gzipStored(source: AsyncIterable<Buffer>, sizeBytes: number): AsyncGenerator<Buffer> {
  yield HEADER;
  let checksum = 0;
  let writtenBytes = 0;
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  for await (const chunk of source) {
    checksum = crc32(chunk, checksum);
    pending.push(chunk);
    pendingBytes += chunk.length;
    if (pendingBytes < BLOCK_BYTES) continue;
    let rest = Buffer.concat(pending);
    for (; rest.length >= BLOCK_BYTES; rest = rest.subarray(BLOCK_BYTES)) {
      writtenBytes += BLOCK_BYTES;
      yield* storedBlock(rest.subarray(0, BLOCK_BYTES), writtenBytes === sizeBytes);
    }
    pending = [rest];
    pendingBytes = rest.length;
  }
  if (pendingBytes > 0 || sizeBytes === 0) yield* storedBlock(Buffer.concat(pending), true);
  if (writtenBytes + pendingBytes !== sizeBytes)
    throw new RangeError(`expected ${sizeBytes} bytes, got ${writtenBytes + pendingBytes}`);
  const trailer = Buffer.alloc(TRAILER_BYTES);
  trailer.writeUInt32LE(checksum, 0);
  trailer.writeUInt32LE(sizeBytes % 2 ** 32, 4);
  yield trailer;
}

function* storedBlock(content: Buffer, isLast: boolean): Generator<Buffer> {
  const header = Buffer.alloc(BLOCK_HEADER_BYTES);
  header.writeUInt8(isLast ? 1 : 0, 0);
  header.writeUInt16LE(content.length, 1);
  header.writeUInt16LE(content.length ^ 0xffff, 3);
  yield header;
  yield content;
}

function blockCount(sizeBytes: number): number {
  return Math.max(1, Math.ceil(sizeBytes / BLOCK_BYTES));
}
