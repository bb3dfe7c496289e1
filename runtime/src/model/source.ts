/** Where a model's files come from, as its identifier says. */
export interface ModelSource {
  readonly kind: 'hf' | 's3' | 'local';
  /** The identifier as it was given. */
  readonly id: string;
  /** `org/model`, or what comes nearest to it for a bucket or a folder. */
  readonly name: string;
  /** `hf://…`, `s3://…` or `file://…`. */
  readonly uri: string;
}

/**
 * Reads a model identifier: `org/model`, `hf://org/model`, `s3://bucket/prefix`, or a path that starts with
 * `/`, `./`, `../` or `~`. A bucket's model is named by the last two parts of its key, else the last, else the bucket.
 */
export function parseModelSource(id: string): ModelSource {
  if (id.startsWith('s3://')) return { kind: 's3', id, name: bucketName(id), uri: id };
  if (/^(?:\/|\.\.?\/|~)/.test(id)) return { kind: 'local', id, name: lastParts(id, 2), uri: `file://${id}` };
  const name = id.startsWith('hf://') ? id.slice('hf://'.length) : id;
  return { kind: 'hf', id, name, uri: `hf://${name}` };
}

function bucketName(uri: string): string {
  const [bucket = '', ...key] = uri
    .slice('s3://'.length)
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
