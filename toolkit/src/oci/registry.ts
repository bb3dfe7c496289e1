import type { BlobSource, UploadSession } from './upload.ts';
import type { StoredManifest } from './manifest.ts';
import type { Reference, Repository } from './reference.ts';
import type { Descriptor, ImageManifest } from './types.ts';

/** What a registry knows about a manifest without sending it. */
export interface ManifestHead {
  readonly digest: string;
  readonly mediaType: string;
  readonly sizeBytes: number;
}

/** A manifest to be stored, byte for byte. */
export interface NewManifest {
  readonly bytes: Buffer;
  readonly mediaType: string;
}

/** A registry may refuse a manifest whose blobs it does not have, and usually says which. */
export type PutManifestResult =
  | { readonly outcome: 'stored'; readonly digest: string; readonly handlesSubject: boolean }
  | { readonly outcome: 'blobs-missing'; readonly digests: readonly string[]; readonly message: string };

/** A registry that refuses to mount a blob offers to upload it instead. */
export type MountResult =
  { readonly outcome: 'mounted' } | { readonly outcome: 'refused'; readonly session: UploadSession };

export interface UploadResult {
  /** Bytes sent, those sent again included. */
  readonly sentBytes: number;
}

export interface UploadOptions {
  /** Upload already begun, for example by a refused mount. */
  readonly session?: UploadSession;
  /** Told how many bytes of the blob have been handed over so far. */
  readonly onProgress?: (sentBytes: number) => void;
}

export interface PingResult {
  /** How the registry wants to be authenticated against; undefined when it does not. */
  readonly scheme: 'basic' | 'bearer' | undefined;
  /** Where the credentials for it come from; undefined when there are none. */
  readonly credentialSource: string | undefined;
}

/** What the requests for a repository will be about, so that one token serves all of them. */
export interface Intent {
  readonly push: boolean;
  /** Repositories of the same registry blobs are mounted from. */
  readonly mountFrom: readonly Repository[];
}

/**
 * All registries, in terms of the distribution specification. Every method throws AimError: `remote` with the
 * registry's own words, `environment` when it needs credentials and there are none, `usage` for wrong input,
 * or the reason of the aborted signal. Waiting and repeating is done inside.
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md
 */
export interface Registry {
  /** One request that shows that the registry answers and takes the credentials. */
  ping(host: string): Promise<PingResult>;
  /** Sends nothing; tells what the next requests for this repository will need. */
  intend(repository: Repository, intent: Intent): void;

  /** Undefined when there is none, or none that may be seen. */
  headManifest(repository: Repository, tagOrDigest: string): Promise<ManifestHead | undefined>;
  /** Undefined when there is none; not to be seen is an error. The bytes are checked against the digest. */
  findManifest(repository: Repository, tagOrDigest: string): Promise<StoredManifest | undefined>;
  /** @throws AimError remote when there is none */
  getManifest(reference: Reference): Promise<StoredManifest>;
  /** Stores under the tag, or under the manifest's own digest. */
  putManifest(repository: Repository, tagOrDigest: string, manifest: NewManifest): Promise<PutManifestResult>;
  /** Removes a tag or a manifest. `unsupported`: the registry does not delete. */
  deleteManifest(repository: Repository, tagOrDigest: string): Promise<'deleted' | 'absent' | 'unsupported'>;

  /** Size of a blob in bytes, or undefined when the repository has none or it may not be seen. */
  headBlob(repository: Repository, digest: string): Promise<number | undefined>;
  /** A small blob, checked against its digest. @throws AimError remote when it is larger than the limit */
  getBlob(repository: Repository, digest: string, maxBytes?: number): Promise<Buffer>;
  /** Bytes of a blob from `startByte` to before `endByte`; not checked, as a part has no digest. */
  getBlobRange(repository: Repository, digest: string, range: ByteRange): Promise<Buffer>;
  /** A blob of any size, resumed where the connection broke, checked at the end. */
  streamBlob(repository: Repository, blob: Pick<Descriptor, 'digest' | 'size'>): AsyncIterable<Buffer>;
  deleteBlob(repository: Repository, digest: string): Promise<'deleted' | 'absent' | 'unsupported'>;

  /** Makes a blob of one repository known in another of the same registry without moving it. */
  mountBlob(target: Repository, source: Repository, digest: string): Promise<MountResult>;
  /** Uploads a blob; a repository that has it already is not asked first. */
  uploadBlob(repository: Repository, source: BlobSource, options?: UploadOptions): Promise<UploadResult>;
  /** Begins an upload, which also shows that this repository may be written to. */
  startUpload(repository: Repository): Promise<UploadSession>;
  /** Gives an upload up; a registry that does not support it forgets it by itself. */
  cancelUpload(session: UploadSession): Promise<void>;

  /** All tags in the registry's order, empty for a repository that does not exist. */
  listTags(repository: Repository): Promise<readonly string[]>;
  /** Manifests that refer to this one, by the API or else by the fallback tag. */
  listReferrers(repository: Repository, digest: string, artifactType?: string): Promise<readonly Descriptor[]>;
  /** True when the registry has the referrers API. One request. */
  supportsReferrers(repository: Repository): Promise<boolean>;
  /**
   * Stores a manifest that has a subject, and lists it under the fallback tag where there is no referrers API.
   * `bytes` are the manifest as it was stored elsewhere, when its digest has to stay.
   */
  putReferrer(repository: Repository, manifest: ImageManifest, bytes?: Buffer): Promise<Descriptor>;

  /** Closes idle connections. */
  close(): void;
}

/** Half-open range of bytes. */
export interface ByteRange {
  readonly startByte: number;
  readonly endByte: number;
}
