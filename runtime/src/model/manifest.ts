import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Algorithm } from './digest.ts';
import { EVERYTHING_NEEDED, type FileChoice } from './patterns.ts';
import { takeSample } from './sample.ts';
import { pathProblem } from './path-problem.ts';

/** A file that was verified when it was put in place. */
export interface ManifestFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  /** What the source said; undefined where it said nothing. */
  readonly digest: { readonly algorithm: Algorithm; readonly value: string } | undefined;
  /** The version that the source gave it, for a source without digests. */
  readonly version: string | undefined;
  /** See {@link takeSample}. */
  readonly sample: string;
}

/** Completeness marker of a model: it is written last and says what a whole model consists of. */
export interface Manifest {
  readonly version: 1;
  /** Where the model came from, as `hf://…` or `s3://…`. */
  readonly source: string;
  /** The revision that was asked for and the commit that it meant; undefined for a bucket. */
  readonly revision: string | undefined;
  readonly commit: string | undefined;
  /** Which of the source's files the last download was asked for; those of earlier ones may be there besides. */
  readonly choice: FileChoice;
  readonly files: readonly ManifestFile[];
}

/** Reads a marker; undefined when there is none or it is not whole. */
export function readManifest(path: string): Manifest | undefined {
  try {
    const value = JSON.parse(readFileSync(path, 'utf8')) as Partial<Manifest>;
    const isWhole = value.version === 1 && Array.isArray(value.files) && value.files.every(isManifestFile);
    return isWhole ? ({ choice: EVERYTHING_NEEDED, ...value } as Manifest) : undefined;
  } catch {
    return undefined;
  }
}

/** Files of a manifest that are missing or, at a quick look, not what was verified. */
export function findChanged(folder: string, files: readonly ManifestFile[]): ManifestFile[] {
  return files.filter((file) => !looksUnchanged(join(folder, file.path), file));
}

/** True when a quick look at a file shows what was verified. */
export function looksUnchanged(path: string, expected: Pick<ManifestFile, 'sizeBytes' | 'sample'>): boolean {
  const found = takeSample(path);
  return found?.sizeBytes === expected.sizeBytes && found.sample === expected.sample;
}

/** True for the record of a file, as read from JSON. */
export function isManifestFile(value: unknown): value is ManifestFile {
  const { path, sizeBytes, sha256, sample } = (value ?? {}) as Partial<Record<keyof ManifestFile, unknown>>;
  return (
    typeof path === 'string' &&
    pathProblem(path) === undefined &&
    typeof sizeBytes === 'number' &&
    typeof sha256 === 'string' &&
    typeof sample === 'string'
  );
}
