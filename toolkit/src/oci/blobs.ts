import type { AimError } from 'aim-runtime/system';
import { failure, type ToolkitErrorCode } from '../exit-codes.ts';
import { connectionFailure } from './errors.ts';
import type { Answer } from './exchange.ts';
import { matchesDigest, startDigest } from './digest.ts';
import { formatRepository } from './reference.ts';
import type { ByteRange } from './registry.ts';
import { isAbsent, type ApiRequest } from './session.ts';
import { deletion, MAX_FETCHES, wrongContent, type Target } from './target.ts';
import type { Descriptor } from './types.ts';
import { judgeError } from './verdict.ts';

export async function headBlob(target: Target, digest: string): Promise<number | undefined> {
  const answer = await target.session.send({ ...blobRequest(target, digest, 'HEAD'), accepts: isAbsent });
  return answer.status === 200 ? Number(answer.header('content-length') ?? 0) : undefined;
}

export async function getBlob(target: Target, digest: string, maxBodyBytes: number): Promise<Buffer> {
  const request = { ...blobRequest(target, digest, 'GET'), maxBodyBytes };
  for (let fetches = 1; ; fetches++) {
    const { body } = await target.session.send(request);
    if (matchesDigest(body, digest)) return body;
    if (fetches === MAX_FETCHES) throw wrongContent(request.what, digest);
  }
}

export async function getBlobRange(target: Target, digest: string, range: ByteRange): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of readBytes(target, digest, range)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The blob in parts; the last one comes only when all of them together have the digest. */
export async function* streamBlob(target: Target, blob: Pick<Descriptor, 'digest' | 'size'>): AsyncGenerator<Buffer> {
  const hash = startDigest(blob.digest);
  let held: Buffer | undefined;
  for await (const chunk of readBytes(target, blob.digest, { startByte: 0, endByte: blob.size })) {
    if (held !== undefined) yield held;
    hash.update(chunk);
    held = chunk;
  }
  if (!blob.digest.endsWith(`:${hash.digest('hex')}`)) throw wrongContent(whatOf(target, blob.digest), blob.digest);
  if (held !== undefined) yield held;
}

export function deleteBlob(target: Target, digest: string): Promise<'deleted' | 'absent' | 'unsupported'> {
  const what = `delete ${digest} from ${formatRepository(target.repository)}`;
  return deletion(target, { ...blobRequest(target, digest, 'DELETE'), what });
}

/** Bytes of a blob; a broken connection is taken up where it broke. */
async function* readBytes(target: Target, digest: string, range: ByteRange): AsyncGenerator<Buffer> {
  const what = whatOf(target, digest);
  let { startByte } = range;
  let patience = target.session.patience(what);
  while (startByte < range.endByte) {
    const part = { startByte, endByte: range.endByte };
    const answer = await target.session.send({ ...blobRequest(target, digest, 'GET'), ...partial(part), stream: true });
    let broken: unknown = new Error('the connection ended too early');
    try {
      for await (const chunk of cut(answer, part, what)) {
        startByte += chunk.length;
        patience = target.session.patience(what);
        yield chunk;
      }
    } catch (error) {
      target.session.signal.throwIfAborted();
      if (judgeError(error).kind === 'final') throw error;
      broken = error;
    }
    if (startByte >= range.endByte) return;
    const known = connectionFailure(what, target.repository.host, broken);
    await patience.next({ outcome: 'try-again', failure: known, pausedMs: undefined });
  }
}

/** Of an answer's body the bytes of the part, whether or not the registry took notice of what was asked for. */
async function* cut(answer: Answer, { startByte, endByte }: ByteRange, what: string): AsyncGenerator<Buffer> {
  let position = answer.status === 206 ? rangeStart(answer, what) : 0;
  if (position > startByte) throw unfitting(answer, what);
  for await (const chunk of answer.stream as AsyncIterable<Buffer>) {
    const from = Math.max(0, startByte - position);
    const to = Math.min(chunk.length, endByte - position);
    position += chunk.length;
    if (to > from) yield chunk.subarray(from, to);
    if (position >= endByte) return;
  }
}

function partial({ startByte, endByte }: ByteRange): Pick<ApiRequest, 'headers'> {
  return { headers: { range: `bytes=${startByte}-${endByte - 1}` } };
}

function rangeStart(answer: Answer, what: string): number {
  const start = /^bytes (\d+)-/.exec(answer.header('content-range') ?? '')?.[1];
  if (start === undefined) throw unfitting(answer, what);
  return Number(start);
}

/** Ends the answer, whose body nobody is going to read. */
function unfitting({ url, header, stream }: Answer, what: string): AimError<ToolkitErrorCode> {
  stream?.destroy();
  const range = header('content-range') ?? 'no range';
  return failure('remote', { message: `cannot ${what}: ${url.host} sent ${range}, which was not asked for` });
}

function whatOf({ repository }: Target, digest: string): string {
  return `read ${digest} of ${formatRepository(repository)}`;
}

function blobRequest(target: Target, digest: string, method: ApiRequest['method']): ApiRequest {
  const { repository, access } = target;
  return { method, repository, access, target: `${repository.name}/blobs/${digest}`, what: whatOf(target, digest) };
}
