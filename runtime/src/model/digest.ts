/**
 * Ways in which sources describe content: `sha256` of files in the hub's large-file storage, `git-sha1` of its small
 * ones, `md5` and `crc32` of objects in a bucket, `md5-parts` of objects that were uploaded in parts.
 */
export type Algorithm = 'sha256' | 'git-sha1' | 'md5' | 'md5-parts' | 'crc32';

/** What to compute over a file while it arrives. */
export interface HashRequest {
  readonly path: string;
  readonly sizeBytes: number;
  /** Besides sha256, which is always computed. */
  readonly algorithm: Algorithm;
  /** For `md5-parts`. */
  readonly partBytes: number | undefined;
}

/** Digests of a whole file, hexadecimal. */
export interface Digests {
  readonly sha256: string;
  /** By the algorithm that was asked for. */
  readonly asked: string;
}

/** Orders to a hash worker; `id` tells its files apart. */
export type HashOrder =
  | ({ readonly type: 'start'; readonly id: number } & HashRequest)
  /** The file is whole up to here. */
  | { readonly type: 'advance'; readonly id: number; readonly upToByte: number }
  | { readonly type: 'finish'; readonly id: number }
  | { readonly type: 'cancel'; readonly id: number };

export type HashAnswer = { readonly id: number } & (
  | ({ readonly type: 'digests' } & Digests)
  | { readonly type: 'failed'; readonly message: string; readonly code: string | undefined }
);
