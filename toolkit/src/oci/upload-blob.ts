import { failure } from '../exit-codes.ts';
import { headBlob } from './blobs.ts';
import type { Answer } from './exchange.ts';
import { formatRepository, type Repository } from './reference.ts';
import type { MountResult, UploadOptions, UploadResult } from './registry.ts';
import { isAbsent } from './session.ts';
import type { Target } from './target.ts';
import { checkTarget } from './targets.ts';
import { sendParts, sendWhole, uploadRequest, whatOf } from './upload-content.ts';
import type { BlobSource, UploadSession } from './upload.ts';

/** Uploads that may be begun for one blob: a registry can forget one halfway. */
const MAX_UPLOADS = 4;

export async function startUpload(target: Target): Promise<UploadSession> {
  return toSession(target, await target.session.send(uploadRequest(target)));
}

export async function mountBlob(target: Target, source: Repository, digest: string): Promise<MountResult> {
  const { repository } = target;
  if (source.host !== repository.host) {
    throw failure('remote', {
      message: `cannot mount from ${formatRepository(source)} in ${formatRepository(repository)}: these are two registries`,
      hint: 'Blobs can be shared within one registry only; copy the base image there first.',
    });
  }
  const request = uploadRequest(target);
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
    ...uploadRequest(target),
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
