import { createHash } from 'node:crypto';
import type { BlobSource } from '../oci/upload.ts';
import { gzipStored, storedSize } from './gzip.ts';
import type { ImagePlan } from './plan.ts';
import { openRootArchive, type RootArchive } from './root-archive.ts';

/** The layer a plan adds to its base. */
export interface Layer {
  /** Digest of the tar archive. */
  readonly diffId: string;
  readonly tarBytes: number;
  /** SHA-256 of every file in it, by absolute path. */
  readonly files: Readonly<Record<string, string>>;
  /** The archive as it is kept in registries and layouts: gzip with stored blocks. */
  readonly blob: BlobSource;
  readTar(): AsyncIterable<Buffer>;
}

/** Layers up to this size are kept in memory: their files are then read once. */
const SMALL_LAYER_BYTES = 4 * 1024 * 1024;

/** Reads the planned files and computes what the layer is called. @throws AimError environment */
export async function createLayer(plan: ImagePlan): Promise<Layer> {
  const archive = await openRootArchive(plan);
  const diff = createHash('sha256');
  const packed = createHash('sha256');
  const files: Record<string, string> = {};
  const kept: Buffer[] = [];
  const isSmall = archive.sizeBytes <= SMALL_LAYER_BYTES;
  const tar = tee(
    archive.read((path, sha256) => (files[path] = sha256)),
    (chunk) => diff.update(chunk),
  );
  for await (const chunk of gzipStored(tar, archive.sizeBytes)) {
    packed.update(chunk);
    if (isSmall) kept.push(chunk);
  }
  const memory = isSmall ? Buffer.concat(kept) : undefined;
  return {
    diffId: `sha256:${diff.digest('hex')}`,
    tarBytes: archive.sizeBytes,
    files,
    blob: {
      digest: `sha256:${packed.digest('hex')}`,
      sizeBytes: storedSize(archive.sizeBytes),
      read: (start, end) =>
        memory === undefined ? slice(readPacked(archive), start, end) : [memory.subarray(start, end)],
    },
    readTar: () => archive.read(),
  };
}

function readPacked(archive: RootArchive): AsyncIterable<Buffer> {
  return gzipStored(archive.read(), archive.sizeBytes);
}

async function* tee(source: AsyncIterable<Buffer>, see: (chunk: Buffer) => void): AsyncGenerator<Buffer> {
  for await (const chunk of source) {
    see(chunk);
    yield chunk;
  }
}

/** Part of a stream: bytes from `start` to before `end`. */
async function* slice(source: AsyncIterable<Buffer>, start: number, end: number): AsyncGenerator<Buffer> {
  let at = 0;
  for await (const chunk of source) {
    const part = chunk.subarray(Math.max(0, start - at), Math.max(0, end - at));
    if (part.length > 0) yield part;
    at += chunk.length;
    if (at >= end) return;
  }
}
