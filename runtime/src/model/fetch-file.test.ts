import { expect, it } from 'vitest';
import { partPathOf } from './fetch-file.ts';
import type { RemoteFile } from './remote.ts';

it('never continues a part with another content', () => {
  const file: RemoteFile = {
    path: 'model.safetensors',
    sizeBytes: 10,
    version: undefined,
    digest: () => Promise.resolve(undefined),
    open: () => Promise.reject(new Error('not asked for')),
  };
  const paths = [
    partPathOf('/p', file, undefined),
    partPathOf('/p', { ...file, sizeBytes: 11 }, undefined),
    partPathOf('/p', { ...file, path: 'other' }, undefined),
    partPathOf('/p', { ...file, version: 'etag-1' }, undefined),
    partPathOf('/p', { ...file, version: 'etag-2' }, undefined),
    partPathOf('/p', file, { algorithm: 'sha256', value: 'a' }),
    partPathOf('/p', file, { algorithm: 'md5', value: 'a' }),
  ];
  expect(new Set(paths).size).toBe(paths.length);
  expect(partPathOf('/p', { ...file }, undefined)).toBe(paths[0]);
});
