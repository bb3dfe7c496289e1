import type { RuntimeErrorCode } from '../exit-codes.ts';
import { AimError } from '../system/errors.ts';

/** Where a model's files come from, as its identifier says. */
export interface ModelSource {
  readonly kind: 'hf' | 's3' | 'local';
  /** The identifier as it was given. */
  readonly id: string;
  /** `org/model`, or what comes nearest to it for a bucket or a folder. */
  readonly name: string;
  /** `hf://…`, `s3://…` or `file://…`. */
  readonly uri: string;
  /** Branch, tag or commit of a hub model, where the identifier names one. */
  readonly revision: string | undefined;
}

/** A bucket and the folder below it that holds a model. */
export interface BucketFolder {
  readonly bucket: string;
  /** Without slashes around it; empty for the whole bucket. */
  readonly prefix: string;
}

const S3 = 's3://';
const HUB = 'hf://';
const HUB_NAME = /^[A-Za-z0-9][\w.-]{0,95}(?:\/[A-Za-z0-9_][\w.-]{0,95})?$/;
const REVISION = /^[\w.-]+(?:\/[\w.-]+)*$/;
const BUCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{1,254}$/;

/**
 * Reads a model identifier: `org/model[@revision]`, `hf://org/model[@revision]`, `s3://bucket/prefix`, or a path that
 * starts with `/`, `./`, `../` or `~`. A bucket's model is named by the last two parts of its key, else the last, else
 * the bucket.
 */
export function parseModelSource(id: string): ModelSource {
  if (id.startsWith(S3)) return { kind: 's3', id, name: bucketName(id), uri: id, revision: undefined };
  if (/^(?:\/|\.\.?\/|~)/.test(id)) {
    return { kind: 'local', id, name: lastParts(id, 2), uri: `file://${id}`, revision: undefined };
  }
  const text = id.startsWith(HUB) ? id.slice(HUB.length) : id;
  const [name = '', ...rest] = text.split('@');
  return { kind: 'hf', id, name, uri: `${HUB}${text}`, revision: rest.length === 0 ? undefined : rest.join('@') };
}

/** The same source, if a download of it can be tried; else AimError `config` that says what is wrong with it. */
export function requireWellFormed(source: ModelSource): ModelSource {
  const problem = problemOf(source);
  if (problem === undefined) return source;
  throw new AimError<RuntimeErrorCode>('config', {
    message: `${JSON.stringify(source.id)} names no model: ${problem}`,
    hint: 'Write org/model, hf://org/model@revision, s3://bucket/prefix or an absolute path.',
  });
}

/** Bucket and prefix of an `s3://` source. */
export function bucketFolder(source: ModelSource): BucketFolder {
  const [bucket = '', ...key] = source.uri.slice(S3.length).split('/');
  return { bucket, prefix: key.join('/').replace(/^\/+|\/+$/g, '') };
}

function problemOf(source: ModelSource): string | undefined {
  if (/[\0\s]/.test(source.id)) return 'it holds white space or a NUL';
  if (source.kind === 's3') {
    const { bucket, prefix } = bucketFolder(source);
    if (!BUCKET.test(bucket)) return bucket === '' ? 'the bucket is missing' : `${bucket} is no bucket name`;
    return prefix.split('/').some((part) => part === '..' || part === '.') ? 'the prefix holds . or ..' : undefined;
  }
  if (source.kind === 'local') return undefined;
  if (!HUB_NAME.test(source.name) || /\.\.|--/.test(source.name)) return `${source.name} is not org/model`;
  return source.revision === undefined ? undefined : revisionProblem(source.revision);
}

/** What is wrong with the name of a revision; undefined when nothing is. */
export function revisionProblem(revision: string): string | undefined {
  const fine = REVISION.test(revision) && revision.split('/').every((part) => part !== '..' && part !== '.');
  return fine ? undefined : `${JSON.stringify(revision)} is no revision`;
}

function bucketName(uri: string): string {
  const [bucket = '', ...key] = uri
    .slice(S3.length)
    .split('/')
    .filter((part) => part !== '');
  return key.length === 0 ? bucket : lastParts(key.join('/'), 2);
}

function lastParts(path: string, count: number): string {
  return path
    .split('/')
    .filter((part) => part !== '')
    .slice(-count)
    .join('/');
}
