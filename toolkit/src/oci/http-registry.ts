import { mergeAccess, repositoryAccess, type Access, type Action } from './access.ts';
import type { Authorizer } from './auth.ts';
import { deleteBlob, getBlob, getBlobRange, headBlob, streamBlob } from './blobs.ts';
import { deleteManifest, findManifest, getManifest, headManifest, putManifest } from './manifests.ts';
import { formatRepository, tagOrDigest, type Repository } from './reference.ts';
import { listReferrers, putReferrer, supportsReferrers } from './referrers.ts';
import type { PingResult, Registry } from './registry.ts';
import type { ApiSession } from './session.ts';
import { listTags } from './tags.ts';
import type { Target } from './target.ts';
import { cancelUpload, mountBlob, startUpload, uploadBlob } from './upload-blob.ts';

export interface HttpRegistryOptions {
  readonly session: ApiSession;
  readonly authorizer: Authorizer;
  /** Larger blobs are sent in parts of this size. */
  readonly chunkBytes: number;
  readonly close: () => void;
}

/** Largest blob `getBlob` reads unless told otherwise; configurations of images are far smaller. */
const MAX_BLOB_BYTES = 16 * 1024 * 1024;

/** Registries over their HTTP API. */
export function createHttpRegistry(options: HttpRegistryOptions): Registry {
  const { session, chunkBytes } = options;
  const intents = new Map<string, readonly Access[]>();
  const target = (repository: Repository, actions: readonly Action[], more: readonly Access[] = []): Target => {
    const intended = intents.get(formatRepository(repository)) ?? [];
    return {
      session,
      repository,
      access: mergeAccess(intended, [repositoryAccess(repository.name, ...actions)], more),
    };
  };
  const inTurn = createTurns();
  const reader = (repository: Repository) => target(repository, ['pull']);
  const writer = (repository: Repository) => target(repository, ['pull', 'push']);
  const remover = (repository: Repository) => target(repository, ['pull', 'delete']);
  return {
    ping: (host) => ping(options, host),
    intend: (repository, { push, mountFrom }) => {
      const own = repositoryAccess(repository.name, 'pull', ...(push ? (['push'] as const) : []));
      const sources = mountFrom.map(({ name }) => repositoryAccess(name, 'pull'));
      intents.set(formatRepository(repository), mergeAccess([own], sources));
    },
    headManifest: (repository, name) => headManifest(reader(repository), name),
    findManifest: (repository, name) => findManifest(reader(repository), name),
    getManifest: (reference) => getManifest(reader(reference), tagOrDigest(reference)),
    putManifest: (repository, name, manifest) => putManifest(writer(repository), name, manifest),
    deleteManifest: (repository, name) => deleteManifest(remover(repository), name),
    headBlob: (repository, digest) => headBlob(reader(repository), digest),
    getBlob: (repository, digest, maxBytes = MAX_BLOB_BYTES) => getBlob(reader(repository), digest, maxBytes),
    getBlobRange: (repository, digest, range) => getBlobRange(reader(repository), digest, range),
    streamBlob: (repository, blob) => streamBlob(reader(repository), blob),
    deleteBlob: (repository, digest) => deleteBlob(remover(repository), digest),
    mountBlob: (repository, source, digest) =>
      mountBlob(target(repository, ['pull', 'push'], [repositoryAccess(source.name, 'pull')]), source, digest),
    uploadBlob: (repository, source, upload = {}) => uploadBlob(writer(repository), source, { ...upload, chunkBytes }),
    startUpload: (repository) => startUpload(writer(repository)),
    cancelUpload: (upload) => cancelUpload(writer(upload.repository), upload),
    listTags: (repository) => listTags(reader(repository)),
    listReferrers: (repository, digest, artifactType) => listReferrers(reader(repository), digest, artifactType),
    supportsReferrers: (repository) => supportsReferrers(reader(repository)),
    putReferrer: (repository, manifest, bytes) =>
      inTurn(formatRepository(repository), () => putReferrer(writer(repository), manifest, bytes)),
    close: options.close,
  };
}

/** Runs work of the same name one after the other: a fallback tag is read, changed and written as a whole. */
function createTurns(): <Result>(name: string, work: () => Promise<Result>) => Promise<Result> {
  const last = new Map<string, Promise<unknown>>();
  return (name, work) => {
    const result = (last.get(name) ?? Promise.resolve()).then(work);
    // A failure belongs to who asked for the work, not to who comes next.
    last.set(
      name,
      result.catch(() => undefined),
    );
    return result;
  };
}

async function ping({ session, authorizer }: HttpRegistryOptions, host: string): Promise<PingResult> {
  const repository: Repository = { host, name: '' };
  await session.send({ method: 'GET', repository, access: [], target: '', what: `reach ${host}` });
  const scheme = authorizer.scheme(host);
  const credentialSource = scheme === undefined ? undefined : await authorizer.source(repository);
  return { scheme, credentialSource };
}
