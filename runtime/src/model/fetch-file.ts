import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { RuntimeErrorCode } from '../exit-codes.ts';
import { AimError } from '../system/errors.ts';
import type { HashJob, HashPool } from './hash-pool.ts';
import { fetchSegment } from './fetch-segment.ts';
import { PartFile, removePart } from './part-file.ts';
import type { ExpectedDigest, RemoteFile } from './remote.ts';
import type { Patience } from './retry.ts';
import { forEachOf, type Semaphore } from './semaphore.ts';

/** What downloads of one run share. */
export interface FetchContext {
  /** Existing folder for parts. */
  readonly partsFolder: string;
  readonly pool: HashPool;
  readonly connections: Semaphore;
  readonly patience: Patience;
  readonly signal: AbortSignal;
  readonly segmentBytes: number;
  /** Bytes that came; negative when they have to come again. */
  readonly onBytes: (count: number) => void;
}

/** A complete file under its temporary name whose content is what the source said. */
export interface FetchedFile {
  readonly partPath: string;
  readonly digest: ExpectedDigest | undefined;
  readonly sha256: string;
}

/** Ranges of one file fetched at once. */
const RANGES_PER_FILE = 8;
const ATTEMPTS_PER_FILE = 2;

/** Where a file's bytes gather. The name depends on the content, so a part is never continued with another file's. */
export function partPathOf(folder: string, file: RemoteFile, digest: ExpectedDigest | undefined): string {
  const { path, sizeBytes, version } = file;
  const identity = [path, sizeBytes, digest?.algorithm, digest?.value, version].join('\n');
  return join(folder, `${createHash('sha256').update(identity).digest('hex').slice(0, 40)}.part`);
}

/**
 * Downloads a file in ranges, hashes it meanwhile, and holds it against what the source said. Content that arrived
 * damaged is fetched once more. A file about which the source says nothing is only known to have the right length.
 */
export async function fetchFile(context: FetchContext, file: RemoteFile): Promise<FetchedFile> {
  const digest = await file.digest();
  const partPath = partPathOf(context.partsFolder, file, digest);
  for (let attempt = 1; ; attempt++) {
    const { sha256, asked } = await arrive(context, file, { partPath, digest });
    if (digest === undefined || asked === digest.value) return { partPath, digest, sha256 };
    await removePart(partPath);
    if (attempt === ATTEMPTS_PER_FILE) throw damaged(file, digest, asked);
    context.onBytes(-file.sizeBytes);
  }
}

async function arrive(
  context: FetchContext,
  file: RemoteFile,
  { partPath, digest }: { partPath: string; digest: ExpectedDigest | undefined },
): Promise<{ sha256: string; asked: string }> {
  const { signal, segmentBytes } = context;
  const part = await PartFile.open({ path: partPath, sizeBytes: file.sizeBytes, segmentBytes });
  context.onBytes(part.doneBytes);
  const job = context.pool.start({
    path: partPath,
    sizeBytes: file.sizeBytes,
    algorithm: digest?.algorithm ?? 'sha256',
    partBytes: digest?.partBytes,
  });
  try {
    job.advance(part.prefixBytes);
    const segments = Array.from({ length: part.segmentCount }, (_, index) => index);
    const onBytes = follow(context, part, job);
    await forEachOf(segments, RANGES_PER_FILE, (segment) => fetchSegment({ ...context, file, part, onBytes }, segment));
    signal.throwIfAborted();
    return await job.finish();
  } catch (error) {
    job.cancel();
    throw error;
  } finally {
    await part.close();
  }
}

function follow({ onBytes }: FetchContext, part: PartFile, job: HashJob): (count: number) => void {
  let announced = part.prefixBytes;
  return (count) => {
    onBytes(count);
    const prefix = part.prefixBytes;
    if (prefix > announced) job.advance(prefix);
    announced = prefix;
  };
}

function damaged(file: RemoteFile, digest: ExpectedDigest, found: string): AimError<RuntimeErrorCode> {
  return new AimError('network', {
    message: `${file.path} arrived damaged ${ATTEMPTS_PER_FILE} times: its ${digest.algorithm} is ${found}, not ${digest.value}`,
    hint: 'Something on the way changes the content: check proxies and mirrors. The file was not kept.',
  });
}
