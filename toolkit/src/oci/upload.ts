import { createReadStream } from 'node:fs';
import { computeDigest } from './digest.ts';
import type { Repository } from './reference.ts';

/** An upload that has begun. Its address changes with every request; only the newest is valid. */
export interface UploadSession {
  readonly repository: Repository;
  readonly location: URL;
  /** Smallest size of a chunk the registry accepts, but for the last; 0 when it does not care. */
  readonly minChunkBytes: number;
}

/** Content to upload; may be read more than once and from any byte. */
export interface BlobSource {
  readonly digest: string;
  readonly sizeBytes: number;
  /** Bytes from `startByte` to before `endByte`. */
  read(startByte: number, endByte: number): AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

export function bytesSource(bytes: Buffer): BlobSource {
  return {
    digest: computeDigest(bytes),
    sizeBytes: bytes.length,
    read: (startByte, endByte) => [bytes.subarray(startByte, endByte)],
  };
}

/** A file whose digest and size are known. */
export function fileSource(path: string, known: { readonly digest: string; readonly sizeBytes: number }): BlobSource {
  return {
    ...known,
    read: (start, endByte) => (start === endByte ? [] : createReadStream(path, { start, end: endByte - 1 })),
  };
}
