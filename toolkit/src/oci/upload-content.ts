import type { AimError } from 'aim-runtime/system';
import { failure, type ToolkitErrorCode } from '../exit-codes.ts';
import { headBlob } from './blobs.ts';
import { answerFailure, hasProblem } from './errors.ts';
import type { Answer, FailedAttempt } from './exchange.ts';
import { formatRepository } from './reference.ts';
import type { UploadOptions } from './registry.ts';
import type { ApiRequest } from './session.ts';
import type { Target } from './target.ts';
import { checkTarget } from './targets.ts';
import type { BlobSource, UploadSession } from './upload.ts';

/** Content on its way into an upload that has begun. */
export interface Upload {
  readonly target: Target;
  readonly source: BlobSource;
  readonly session: UploadSession;
  readonly meter: { sentBytes: number; readonly onProgress: UploadOptions['onProgress'] };
}

/** How much of an upload the registry has, and where to send the rest. */
interface Position {
  readonly location: URL;
  readonly offset: number;
}

/** One request with everything. Returns false when the registry does not know the upload any more. */
export function sendWhole(upload: Upload): Promise<boolean> {
  const { source, session } = upload;
  return finish(upload, session.location, partBody(upload, 0, source.sizeBytes));
}

/**
 * Part by part, each taken up from where the registry says it is. Returns false when it does not know the upload any
 * more. @throws AimError remote when nothing more arrives, or more than was sent
 */
export async function sendParts(upload: Upload, chunkBytes: number): Promise<boolean> {
  const { source, session, target } = upload;
  const what = whatOf(target, source);
  const stepBytes = Math.max(chunkBytes, session.minChunkBytes);
  let at: Position | undefined = { location: session.location, offset: 0 };
  let reachedByte = 0;
  let patience = target.session.patience(what);
  while (at.offset < source.sizeBytes) {
    const sent = { ...at, endByte: Math.min(source.sizeBytes, at.offset + stepBytes) };
    const result = await target.session.attempt(partRequest(upload, sent));
    if (result.outcome === 'answered' && isForgotten(result.answer) && result.answer.status !== 416) return false;
    if (result.outcome === 'answered' && result.answer.status < 300)
      at = positionIn(upload, sent, claimIn(result.answer, sent.endByte));
    if (at.offset <= sent.offset) {
      await patience.next(result.outcome === 'try-again' ? result : nothingTaken(upload, sent, result.answer));
      at = await askPosition(upload, sent, at.location);
      if (at === undefined) return false;
    }
    // Only what was never there before shows that the upload gets on.
    if (at.offset > reachedByte) patience = target.session.patience(what);
    reachedByte = Math.max(reachedByte, at.offset);
  }
  return finish(upload, at.location, { sizeBytes: 0, open: () => [] });
}

/** Names the step for messages. */
export function whatOf({ repository }: Target, { digest }: BlobSource): string {
  return `push ${digest} to ${formatRepository(repository)}`;
}

/** Request that begins an upload; others of the same upload differ in method and address. */
export function uploadRequest({ repository, access }: Target): ApiRequest {
  const target = `${repository.name}/blobs/uploads/`;
  return { method: 'POST', repository, access, target, what: `push to ${formatRepository(repository)}` };
}

/** Sends the last request of an upload. Returns false when the registry does not know it any more. */
async function finish(upload: Upload, location: URL, body: NonNullable<ApiRequest['body']>): Promise<boolean> {
  const { target, source } = upload;
  const patience = target.session.patience(whatOf(target, source));
  for (;;) {
    const result = await target.session.attempt({ ...finishRequest(upload, location), body });
    if (result.outcome === 'answered') return result.answer.status < 300;
    await patience.next(result);
    // Unless the request was refused, only its answer may have got lost, and the blob is there.
    const isRefused = result.pausedMs !== undefined;
    if (!isRefused && (await headBlob(target, source.digest)) === source.sizeBytes) return true;
  }
}

type Part = Position & { readonly endByte: number };

function partRequest({ target, source, meter }: Upload, { location, offset, endByte }: Part): ApiRequest {
  return {
    ...uploadRequest(target),
    method: 'PATCH',
    once: true,
    target: location,
    what: whatOf(target, source),
    headers: { 'content-type': 'application/octet-stream', 'content-range': `${offset}-${endByte - 1}` },
    body: partBody({ source, meter }, offset, endByte),
    accepts: isForgotten,
  };
}

/** Where a broken upload stands; undefined when the registry does not know it any more. */
async function askPosition(upload: Upload, sent: Part, location: URL): Promise<Position | undefined> {
  const { target } = upload;
  const answer = await target.session.send({
    ...uploadRequest(target),
    method: 'GET',
    target: location,
    what: `resume an upload to ${formatRepository(target.repository)}`,
    accepts: isForgotten,
  });
  return answer.status >= 400 ? undefined : positionIn(upload, { ...sent, location }, claimIn(answer, 0));
}

/** How much of an upload is there, according to an answer. */
interface Claim {
  readonly answer: Answer;
  readonly offset: number;
}

/** @param silentOffset what an answer means that does not say how much is there */
function claimIn(answer: Answer, silentOffset: number): Claim {
  return { answer, offset: receivedBytes(answer) ?? silentOffset };
}

function positionIn(upload: Upload, sent: Part, claim: Claim): Position {
  if (claim.offset > sent.endByte) throw outOfStep(upload, sent, claim);
  return { location: movedTo(sent.location, claim.answer), offset: claim.offset };
}

function finishRequest({ target, source }: Upload, location: URL): ApiRequest {
  // Appended as text: taking the query apart and writing it again could change what the registry put there.
  const url = new URL(`${location.href}${location.search === '' ? '?' : '&'}digest=${source.digest}`);
  return {
    ...uploadRequest(target),
    method: 'PUT',
    once: true,
    target: url,
    what: whatOf(target, source),
    headers: { 'content-type': 'application/octet-stream' },
    accepts: isForgotten,
  };
}

function partBody(
  { source, meter }: Pick<Upload, 'source' | 'meter'>,
  startByte: number,
  endByte: number,
): NonNullable<ApiRequest['body']> {
  return {
    sizeBytes: endByte - startByte,
    open: async function* () {
      let position = startByte;
      for await (const chunk of source.read(startByte, endByte)) {
        yield chunk;
        position += chunk.length;
        meter.sentBytes += chunk.length;
        meter.onProgress?.(position);
      }
    },
  };
}

/** True when the registry does not know the upload, or not in this state. */
function isForgotten({ status, body }: Answer): boolean {
  if (status < 400) return false;
  if (hasProblem(body, 'BLOB_UPLOAD_UNKNOWN', 'BLOB_UPLOAD_INVALID', 'RANGE_INVALID')) return true;
  if (status === 416) return true;
  const isUnknown = /unknown blob|blob upload unknown/i.test(body.toString('utf8'));
  return isUnknown || (status === 404 && !hasProblem(body, 'NAME_UNKNOWN', 'NAME_INVALID'));
}

function movedTo(from: URL, { header }: Answer): URL {
  const location = header('location');
  return location === undefined ? from : checkTarget(from, location, 'upload location');
}

/** The registry answered a part without having more than before. */
function nothingTaken(upload: Upload, sent: Part, answer: Answer): FailedAttempt {
  const { url, status, body } = answer;
  const { target, source } = upload;
  const known =
    status < 300
      ? outOfStep(upload, sent, claimIn(answer, 0))
      : answerFailure(whatOf(target, source), { host: url.host, status, body });
  return { outcome: 'try-again', failure: known, pausedMs: undefined };
}

/** The registry and this program do not agree on how much has arrived. */
function outOfStep(
  { target, source }: Upload,
  { endByte }: Part,
  { answer, offset }: Claim,
): AimError<ToolkitErrorCode> {
  const { host } = answer.url;
  return failure('remote', {
    message: `cannot ${whatOf(target, source)}: ${host} has ${offset} bytes of it after ${endByte} were sent`,
    hint: 'The registry, or a proxy in front of it, does not take blobs in parts as the specification says.',
  });
}

/** `0-99` means that 100 bytes are there; `0-0` is also said for none. */
function receivedBytes(answer: Answer): number | undefined {
  const last = /^(?:bytes=)?0-(\d+)$/.exec(answer.header('range') ?? '')?.[1];
  if (last === undefined) return undefined;
  return last === '0' ? 0 : Number(last) + 1;
}
