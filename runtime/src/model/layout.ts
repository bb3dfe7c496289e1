import type { FileChoice } from './patterns.ts';
import type { ExpectedDigest, RemoteFile } from './remote.ts';

/** A file that was verified and is to be put in place. */
export interface VerifiedFile {
  readonly file: RemoteFile;
  readonly digest: ExpectedDigest | undefined;
  readonly sha256: string;
}

/** Where a model's files go, and what else the tools that read the place expect there. Paths are relative to a cache. */
export interface Layout {
  readonly cachePath: string;
  /** Folder of our own for parts, lock and records. */
  readonly workFolder: string;
  /** Completeness marker, in the work folder. */
  readonly manifestFile: string;
  /** Record of what a download has put in place before it is complete, in the work folder. */
  readonly placedFile: string;
  /** Folder that holds the model under its files' own names. */
  readonly modelFolder: string;
  /** Where a file's content lies once it is in place, below the cache. */
  readonly contentPath: (file: RemoteFile, digest: ExpectedDigest | undefined) => string;
  /** Puts a verified file from its temporary place under its final name, in one step. */
  readonly place: (verified: VerifiedFile, partPath: string) => Promise<void>;
  /** Does what is left to do for content that was there already and turned out to be right. */
  readonly adopt: (verified: VerifiedFile) => Promise<void>;
  /** Last step before the marker is written. */
  readonly finish: () => Promise<void>;
}

/** What a hub model's place needs to know of it. */
export interface HubIdentity {
  readonly name: string;
  readonly revision: string;
  readonly commit: string;
}

/** What is to be in the cache after a download. */
export interface DownloadPlan {
  readonly layout: Layout;
  /** For the marker: `hf://…` or `s3://…`. */
  readonly source: string;
  readonly revision: string | undefined;
  readonly commit: string | undefined;
  readonly choice: FileChoice;
  /** What that choice leaves of the source's files. */
  readonly files: readonly RemoteFile[];
  /** All of the source's files. */
  readonly listed: readonly RemoteFile[];
}
