import { failure } from '../exit-codes.ts';
import { headBlob } from './blobs.ts';
import { answerFailure, hasProblem } from './errors.ts';
import type { Answer, FailedAttempt } from './exchange.ts';
import { formatRepository, type Repository } from './reference.ts';
import type { MountResult, UploadOptions, UploadResult } from './registry.ts';
import { isAbsent, type ApiRequest } from './session.ts';
import type { Target } from './target.ts';
import { checkTarget } from './targets.ts';
import type { BlobSource, UploadSession } from './upload.ts';

/** Uploads that may be begun for one blob: a registry can forget one halfway. */
const MAX_UPLOADS = 4;

export async function startUpload(target: Target): Promise<UploadSession> {
  return toSession(target, await target.session.send(startRequest(target)));
}

export async function mountBlob(target: Target, source: Repository, digest: string): Promise<MountResult> {
  const { repository } = target;
  if (source.host !== repository.host) {
    throw failure('remote', {
      message: `cannot mount from ${formatRepository(source)} in ${formatRepository(repository)}: these are two registries`,
      hint: 'Blobs can be shared within one registry only; copy the base image there first.',
    });
  }
  const request = startRequest(target);
  const answer = await target.session.send({
    ...request,
    target: `${request.target as string}?mount=${digest}&from=${encodeURIComponent(source.name)}`,
    what: `mount ${digest} from ${formatRepository(source)} in ${formatRepository(repository)}`,
    // Some registries refuse with an error what the specification lets them ignore.
    accepts: (refusal) => isAbsent(refusal) || refusal.status === 405,
  });
  if (answer.status === 201) return { outcome: 'mounted' };
  const session = answer.status < 300 ? toSession(target, answer) : await startUpload(target);
  return { outcome: 'refused', session };
}

/** Gives an upload up. That it is gone already, or cannot be given up, is no failure. */
export async function cancelUpload(target: Target, { location }: UploadSession): Promise<void> {
  await target.session.send({
    ...startRequest(target),
    method: 'DELETE',
    target: location,
    what: `cancel an upload to ${formatRepository(target.repository)}`,
    accepts: ({ status }) => status >= 400 && status < 500,
  });
}

/** @param chunkBytes blobs above this size are sent in parts that can be resumed one by one */
export async function uploadBlob(
  target: Target,
  source: BlobSource,
  { session: begun, onProgress, chunkBytes }: UploadOptions & { readonly chunkBytes: number },
): Promise<UploadResult> {
  const meter = { sentBytes: 0, onProgress };
  for (let uploads = 1; uploads <= MAX_UPLOADS; uploads++) {
    const session = uploads === 1 && begun !== undefined ? begun : await startUpload(target);
    const upload = { target, source, session, meter };
    const isStored = source.sizeBytes <= chunkBytes ? await sendWhole(upload) : await sendParts(upload, chunkBytes);
    if (isStored) return { sentBytes: meter.sentBytes };
    // The answer to a request that was carried out may be what got lost.
    if ((await headBlob(target, source.digest)) === source.sizeBytes) return { sentBytes: meter.sentBytes };
  }
  throw failure('remote', {
    message: `cannot ${whatOf(target, source)}: the registry forgot the upload ${MAX_UPLOADS} times`,
    hint: 'Try again later; if it goes on, the registry may run on several machines that share no state.',
  });
}

interface Upload {
  readonly target: Target;
  readonly source: BlobSource;
  readonly session: UploadSession;
  readonly meter: { sentBytes: number; readonly onProgress: UploadOptions['onProgress'] };
}

/** One request with everything. Returns false when the registry does not know the upload any more. */
async function sendWhole(upload: Upload): Promise<boolean> {
  const { source, session } = upload;
  const answer = await upload.target.session.send({
    ...finishRequest(upload, session.location),
    body: partBody(upload, 0, source.sizeBytes),
  });
  return answer.status < 300;
}

/** Part by part, each taken up from where the registry says it is. */
async function sendParts(upload: Upload, chunkBytes: number): Promise<boolean> {
  const { session: api } = upload.target;
  const { sizeBytes } = upload.source;
  const stepBytes = Math.max(chunkBytes, upload.session.minChunkBytes);
  let at: { location: URL; offset: number } | undefined = { location: upload.session.location, offset: 0 };
  let patience = api.patience(whatOf(upload.target, upload.source));
  while (at.offset < sizeBytes) {
    const endByte = Math.min(sizeBytes, at.offset + stepBytes);
    const result = await api.attempt(partRequest(upload, at, endByte));
    if (result.outcome === 'answered' && result.answer.status < 300) {
      at = { location: movedTo(at.location, result.answer), offset: receivedBytes(result.answer) ?? endByte };
      patience = api.patience(whatOf(upload.target, upload.source));
      continue;
    }
    if (result.outcome === 'answered' && result.answer.status !== 416) return false;
    await patience.next(result.outcome === 'try-again' ? result : outOfStep(upload, result.answer));
    at = await askOffset(upload, at.location);
    if (at === undefined) return false;
  }
  const body = { sizeBytes: 0, open: () => [] };
  const answer = await api.send({ ...finishRequest(upload, at.location), body });
  return answer.status < 300;
}

function partRequest(upload: Upload, at: { location: URL; offset: number }, endByte: number): ApiRequest {
  const { target, source } = upload;
  return {
    ...startRequest(target),
    method: 'PATCH',
    target: at.location,
    what: whatOf(target, source),
    headers: { 'content-type': 'application/octet-stream', 'content-range': `${at.offset}-${endByte - 1}` },
    body: partBody(upload, at.offset, endByte),
    accepts: (answer) => answer.status === 416 || isForgotten(answer),
  };
}

/** Where a broken upload stands; undefined when the registry does not know it any more. */
async function askOffset(upload: Upload, location: URL): Promise<{ location: URL; offset: number } | undefined> {
  const { target } = upload;
  const answer = await target.session.send({
    ...startRequest(target),
    method: 'GET',
    target: location,
    what: `resume an upload to ${formatRepository(target.repository)}`,
    accepts: isForgotten,
  });
  if (answer.status >= 400) return undefined;
  return { location: movedTo(location, answer), offset: receivedBytes(answer) ?? 0 };
}

function startRequest({ repository, access }: Target): ApiRequest {
  const target = `${repository.name}/blobs/uploads/`;
  return { method: 'POST', repository, access, target, what: `push to ${formatRepository(repository)}` };
}

function finishRequest({ target, source }: Upload, location: URL): ApiRequest {
  // Appended as text: taking the query apart and writing it again could change what the registry put there.
  const url = new URL(`${location.href}${location.search === '' ? '?' : '&'}digest=${source.digest}`);
  return {
    ...startRequest(target),
    method: 'PUT',
    target: url,
    what: whatOf(target, source),
    headers: { 'content-type': 'application/octet-stream' },
    accepts: isForgotten,
  };
}

function partBody({ source, meter }: Upload, startByte: number, endByte: number): NonNullable<ApiRequest['body']> {
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
  if (hasProblem(body, 'BLOB_UPLOAD_UNKNOWN', 'BLOB_UPLOAD_INVALID', 'RANGE_INVALID')) return true;
  if (status === 416) return true;
  const isUnknown = /unknown blob|blob upload unknown/i.test(body.toString('utf8'));
  return isUnknown || (status === 404 && !hasProblem(body, 'NAME_UNKNOWN', 'NAME_INVALID'));
}

function toSession({ repository }: Target, answer: Answer): UploadSession {
  const minChunkBytes = Number(answer.header('oci-chunk-min-length') ?? 0);
  return {
    repository,
    location: firstLocation(answer),
    minChunkBytes: Number.isSafeInteger(minChunkBytes) ? minChunkBytes : 0,
  };
}

function firstLocation({ url, header }: Answer): URL {
  const location = header('location');
  if (location !== undefined) return checkTarget(url, location, 'upload location');
  throw failure('remote', { message: `${url.host} does not say where to upload to` });
}

function movedTo(from: URL, { header }: Answer): URL {
  const location = header('location');
  return location === undefined ? from : checkTarget(from, location, 'upload location');
}

/** The registry and this program do not agree on how much has arrived. */
function outOfStep({ target, source }: Upload, { url, status, body }: Answer): FailedAttempt {
  const known = answerFailure(whatOf(target, source), { host: url.host, status, body });
  return { outcome: 'try-again', failure: known, pausedMs: undefined };
}

/** `0-99` means that 100 bytes are there; `0-0` is also said for none. */
function receivedBytes(answer: Answer): number | undefined {
  const last = /^(?:bytes=)?0-(\d+)$/.exec(answer.header('range') ?? '')?.[1];
  if (last === undefined) return undefined;
  return last === '0' ? 0 : Number(last) + 1;
}

function whatOf({ repository }: Target, { digest }: BlobSource): string {
  return `push ${digest} to ${formatRepository(repository)}`;
}
