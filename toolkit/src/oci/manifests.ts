import { failure } from '../exit-codes.ts';
import { computeDigest, isDigest, matchesDigest } from './digest.ts';
import { parseProblems, quoteAnswer } from './errors.ts';
import type { Answer } from './exchange.ts';
import type { StoredManifest } from './manifest.ts';
import { formatManifest } from './reference.ts';
import type { ManifestHead, NewManifest, PutManifestResult } from './registry.ts';
import { isAbsent, type ApiRequest } from './session.ts';
import { listTags } from './tags.ts';
import { deletion, MAX_FETCHES, wrongContent, type Target } from './target.ts';
import { MANIFEST_TYPES } from './types.ts';

const MISSING_CODES = ['MANIFEST_BLOB_UNKNOWN', 'BLOB_UNKNOWN', 'MANIFEST_UNKNOWN'];
const MISSING_TEXT = /unknown blob|blob unknown/i;

export async function headManifest(target: Target, name: string): Promise<ManifestHead | undefined> {
  const answer = await target.session.send({ ...manifestRequest(target, name, 'HEAD'), accepts: isAbsent });
  // A rate limit can look like this too; only the body, which HEAD does not get, tells.
  if (answer.status === 403) return headFromGet(target, name);
  if (answer.status !== 200) return undefined;
  const digest = answer.header('docker-content-digest') ?? (isDigest(name) ? name : undefined);
  const sizeBytes = Number(answer.header('content-length'));
  if (digest !== undefined && isDigest(digest) && Number.isSafeInteger(sizeBytes))
    return { digest, mediaType: contentType(answer), sizeBytes };
  // Not every registry tells all of it without the manifest itself.
  return headFromGet(target, name);
}

async function headFromGet(target: Target, name: string): Promise<ManifestHead | undefined> {
  const found = await fetchManifest(target, name, isAbsent);
  return found && { digest: found.digest, mediaType: found.mediaType, sizeBytes: found.bytes.length };
}

export async function findManifest(target: Target, name: string): Promise<StoredManifest | undefined> {
  const seen = { isDenied: false };
  const isMissing = (answer: Answer) => {
    seen.isDenied = answer.status !== 404 && isAbsent(answer);
    return answer.status === 404;
  };
  try {
    return await fetchManifest(target, name, isMissing);
  } catch (error) {
    // Some registries answer so for what does not exist; their list of tags tells the one from the other.
    if (!seen.isDenied || isDigest(name) || !(await lacksTag(target, name))) throw error;
    return undefined;
  }
}

/** True when the list of tags can be read and shows no such tag. */
async function lacksTag(target: Target, tag: string): Promise<boolean> {
  try {
    return !(await listTags(target)).includes(tag);
  } catch {
    target.session.signal.throwIfAborted();
    return false;
  }
}

async function fetchManifest(
  target: Target,
  name: string,
  isMissing: (answer: Answer) => boolean,
): Promise<StoredManifest | undefined> {
  const request: ApiRequest = { ...manifestRequest(target, name, 'GET'), accepts: isMissing };
  for (let fetches = 1; ; fetches++) {
    const answer = await target.session.send(request);
    if (answer.status !== 200) return undefined;
    const { body: bytes } = answer;
    const told = answer.header('docker-content-digest');
    const expected = isDigest(name) ? name : told;
    if (expected === undefined || !isDigest(expected))
      return { digest: computeDigest(bytes), mediaType: contentType(answer), bytes };
    if (matchesDigest(bytes, expected)) return { digest: expected, mediaType: contentType(answer), bytes };
    if (fetches === MAX_FETCHES) throw wrongContent(request.what, expected);
  }
}

export async function getManifest(target: Target, name: string): Promise<StoredManifest> {
  const found = await findManifest(target, name);
  if (found !== undefined) return found;
  throw failure('remote', {
    message: `${formatManifest(target.repository, name)} does not exist`,
    hint: 'Check the name and the tag; a registry also answers so for what it does not let these credentials see.',
  });
}

export async function putManifest(
  target: Target,
  name: string,
  { bytes, mediaType }: NewManifest,
): Promise<PutManifestResult> {
  const digest = computeDigest(bytes);
  if (isDigest(name) && name !== digest)
    throw failure('internal', { message: `a manifest of digest ${digest} was to be stored as ${name}` });
  const { repository } = target;
  const answer = await target.session.send({
    ...manifestRequest(target, name, 'PUT'),
    what: `push ${formatManifest(repository, name)}`,
    headers: { 'content-type': mediaType },
    body: { sizeBytes: bytes.length, open: () => [bytes] },
    accepts: isMissingBlobs,
  });
  if (answer.status >= 400) {
    const message = quoteAnswer({ host: repository.host, status: answer.status, body: answer.body });
    return { outcome: 'blobs-missing', digests: missingDigests(answer), message };
  }
  const told = answer.header('docker-content-digest');
  if (told !== undefined && told !== digest) {
    throw failure('remote', {
      message: `${repository.host} stored ${formatManifest(repository, name)} as ${told} instead of ${digest}`,
      hint: 'This registry changes manifests; what it holds now is not what was pushed.',
    });
  }
  return { outcome: 'stored', digest, handlesSubject: answer.header('oci-subject') !== undefined };
}

export async function deleteManifest(target: Target, name: string): Promise<'deleted' | 'absent' | 'unsupported'> {
  const what = `delete ${formatManifest(target.repository, name)}`;
  return deletion(target, { ...manifestRequest(target, name, 'DELETE'), what });
}

function manifestRequest({ repository, access }: Target, name: string, method: ApiRequest['method']): ApiRequest {
  const reads = method === 'GET' || method === 'HEAD';
  return {
    method,
    repository,
    access,
    target: `${repository.name}/manifests/${name}`,
    what: `read ${formatManifest(repository, name)}`,
    headers: reads ? { accept: MANIFEST_TYPES.join(', ') } : {},
  };
}

function contentType(answer: Answer): string {
  return (answer.header('content-type') ?? '').split(';', 1)[0]?.trim() ?? '';
}

function isMissingBlobs({ status, body }: Answer): boolean {
  if (status !== 400 && status !== 404) return false;
  const problems = parseProblems(body);
  const isMissing = problems.some(({ code, message }) => MISSING_CODES.includes(code) || MISSING_TEXT.test(message));
  return isMissing || (problems.length === 0 && MISSING_TEXT.test(body.toString('utf8')));
}

/** Digests in the details, which are a digest or an object with one; empty when the registry names none. */
function missingDigests({ body }: Answer): string[] {
  const digests = parseProblems(body).flatMap(({ detail }) => {
    const digest = typeof detail === 'object' && detail !== null ? (detail as { digest?: unknown }).digest : detail;
    return typeof digest === 'string' && isDigest(digest) ? [digest] : [];
  });
  return [...new Set(digests)];
}
