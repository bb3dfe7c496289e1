import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PartFile } from './part-file.ts';
import { RetryableError, type ByteRange, type RemoteFile } from './remote.ts';
import { gaveUp, isPermanent, waitMs, type Patience } from './retry.ts';
import type { Semaphore } from './semaphore.ts';

/** Bytes of one range held in memory at most, beside those just being written. */
const BUFFER_BYTES = 1024 * 1024;

export interface SegmentFetch {
  readonly file: RemoteFile;
  readonly part: PartFile;
  readonly connections: Semaphore;
  readonly patience: Patience;
  readonly signal: AbortSignal;
  /** Called after bytes are on disk and in the journal. */
  readonly onBytes: (count: number) => void;
}

/** Brings one segment of a file to its end, however often the connection breaks on the way. */
export async function fetchSegment(fetch: SegmentFetch, segment: number): Promise<void> {
  const { part, patience, signal } = fetch;
  let failures = 0;
  for (let range = part.missing(segment); range; range = part.missing(segment)) {
    const wanted = range;
    try {
      await fetch.connections.run(() => stream(fetch, segment, wanted));
    } catch (error) {
      signal.throwIfAborted();
      if (isPermanent(error)) throw error;
      failures = part.missing(segment)?.startByte === wanted.startByte ? failures + 1 : 1;
      if (failures >= patience.attempts) throw gaveUp(`the download of ${fetch.file.path}`, failures, error);
      await sleep(waitMs(error, failures, patience), undefined, { signal });
    }
  }
}

async function stream(fetch: SegmentFetch, segment: number, range: ByteRange): Promise<void> {
  const { file, part, patience, signal } = fetch;
  signal.throwIfAborted();
  const stall = new AbortController();
  const either = AbortSignal.any([signal, stall.signal]);
  const writer = new SegmentWriter(range.endByte - range.startByte, async (chunks) => {
    await part.append(segment, chunks);
    fetch.onBytes(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  });
  let seen = -1;
  const watch = setInterval(() => {
    if (writer.arrivedBytes === seen && !writer.isWriting) {
      stall.abort(new RetryableError(`${file.path} brought nothing for ${patience.stallMs / 1000} s`));
    }
    seen = writer.arrivedBytes;
  }, patience.stallMs);
  try {
    const body = await file.open(range, either);
    body.on('data', () => undefined).pause(); // errors before the pipeline is set up belong to the pipeline
    await pipeline(body, writer, { signal: either });
  } catch (error) {
    throw stall.signal.aborted ? stall.signal.reason : error;
  } finally {
    clearInterval(watch);
  }
  if (part.missing(segment)) throw new RetryableError(`the server ended ${file.path} early`);
}

/** Gathers what arrives while the disk is busy and writes it in one go. */
class SegmentWriter extends Writable {
  readonly #limitBytes: number;
  readonly #append: (chunks: Buffer[]) => Promise<void>;
  arrivedBytes = 0;
  isWriting = false;

  constructor(limitBytes: number, append: (chunks: Buffer[]) => Promise<void>) {
    super({ highWaterMark: BUFFER_BYTES });
    this.#limitBytes = limitBytes;
    this.#append = append;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    this.#put([chunk], callback);
  }

  override _writev(chunks: { chunk: Buffer }[], callback: (error?: Error | null) => void): void {
    this.#put(
      chunks.map(({ chunk }) => chunk),
      callback,
    );
  }

  #put(chunks: Buffer[], callback: (error?: Error | null) => void): void {
    this.arrivedBytes += chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    if (this.arrivedBytes > this.#limitBytes) {
      callback(new RetryableError('the server sent more than was asked for'));
      return;
    }
    this.isWriting = true;
    this.#append(chunks)
      .finally(() => (this.isWriting = false))
      .then(() => {
        callback();
      }, callback);
  }
}
