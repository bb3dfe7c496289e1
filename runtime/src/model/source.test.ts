import { describe, expect, it } from 'vitest';
import { bucketFolder, parseModelSource, requireWellFormed } from './source.ts';

describe('parseModelSource', () => {
  it.each([
    ['org/model', 'hf', 'org/model', 'hf://org/model', undefined],
    ['hf://org/model', 'hf', 'org/model', 'hf://org/model', undefined],
    ['hf://org/model@v1.0', 'hf', 'org/model', 'hf://org/model@v1.0', 'v1.0'],
    ['org/model@refs/pr/3', 'hf', 'org/model', 'hf://org/model@refs/pr/3', 'refs/pr/3'],
    ['gpt2', 'hf', 'gpt2', 'hf://gpt2', undefined],
    ['s3://bucket/models/org/llama', 's3', 'org/llama', 's3://bucket/models/org/llama', undefined],
    ['s3://bucket/llama', 's3', 'llama', 's3://bucket/llama', undefined],
    ['s3://bucket', 's3', 'bucket', 's3://bucket', undefined],
    ['/models/org/model', 'local', 'org/model', 'file:///models/org/model', undefined],
  ])('%s', (id, kind, name, uri, revision) => {
    expect(parseModelSource(id)).toEqual({ kind, id, name, uri, revision });
  });
});

describe('requireWellFormed', () => {
  it.each([
    'org/model',
    'gpt2',
    'hf://a/b@main',
    's3://my-bucket',
    's3://my.bucket/a b'.replace(' ', '-'),
    '/any/path',
  ])('lets %s pass', (id) => {
    const source = parseModelSource(id);
    expect(requireWellFormed(source)).toBe(source);
  });
  it.each([
    '',
    'hf://',
    'a/b/c',
    '../x'.slice(3) + '/../y',
    'org/..',
    'org/mo del',
    'org/model@',
    'org/model@../x',
    's3://',
    's3:///key',
    's3:/bucket/key',
    's3://b',
    's3://bucket/../x',
    's3://bucket/a\0b',
    'https://huggingface.co/org/model',
  ])('refuses %j', (id) => {
    expect(() => requireWellFormed(parseModelSource(id))).toThrow(/names no model/);
  });
});

it.each([
  ['s3://bucket', '', 'bucket'],
  ['s3://bucket/', '', 'bucket'],
  ['s3://bucket/a/b/', 'a/b', 'bucket'],
])('the folder of %s', (id, prefix, bucket) => {
  expect(bucketFolder(parseModelSource(id))).toEqual({ bucket, prefix });
});
