import type { Readable } from 'node:stream';
import type { Algorithm } from './digest.ts';

/** What a source says a file's content hashes to. */
export interface ExpectedDigest {
  readonly algorithm: Algorithm;
  /** Lower-case hexadecimal; for `md5-parts` followed by `-` and the number of parts. */
  readonly value: string;
  /** Size of all parts but the last one, for `md5-parts`. */
  readonly partBytes?: number;
}

/** One file of a model at its source. */
export interface RemoteFile {
  /** Path below the model's folder, with `/` between folders; not yet proven safe. */
  readonly path: string;
  readonly sizeBytes: number;
  /** Changes with the content, where the source knows versions but may give no digest; undefined otherwise. */
  readonly version: string | undefined;
  /**
   * What to hold the content against; undefined when the source gives nothing. The source repeats what fails on the
   * way; AimError when it gives up.
   */
  readonly digest: () => Promise<ExpectedDigest | undefined>;
  /**
   * Bytes from `startByte` up to and without `endByte`. Throws AimError for what no repetition can cure, and
   * anything else, for example {@link RetryableError}, for what one may.
   */
  readonly open: (range: ByteRange, signal: AbortSignal) => Promise<Readable>;
}

export interface ByteRange {
  readonly startByte: number;
  readonly endByte: number;
}

/** A model at its source, at one moment. */
export interface RemoteModel {
  /** Commit of a hub model; undefined for a bucket. */
  readonly commit: string | undefined;
  readonly files: readonly RemoteFile[];
}

/** A failure after which the same request may well succeed. */
export class RetryableError extends Error {
  /** How long the server asked to be left alone. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, retryAfterMs?: number) {
    super(message);
    this.name = 'RetryableError';
    this.retryAfterMs = retryAfterMs;
  }
}
