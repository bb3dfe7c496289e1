import { describe, expect, it } from 'vitest';
import { parseModelSource } from './source.ts';

describe('parseModelSource', () => {
  it.each([
    ['org/model', 'hf', 'org/model', 'hf://org/model'],
    ['hf://org/model', 'hf', 'org/model', 'hf://org/model'],
    ['gpt2', 'hf', 'gpt2', 'hf://gpt2'],
    ['s3://bucket/models/org/llama', 's3', 'org/llama', 's3://bucket/models/org/llama'],
    ['s3://bucket/llama', 's3', 'llama', 's3://bucket/llama'],
    ['s3://bucket', 's3', 'bucket', 's3://bucket'],
    ['/models/org/model', 'local', 'org/model', 'file:///models/org/model'],
  ])('%s', (id, kind, name, uri) => {
    expect(parseModelSource(id)).toEqual({ kind, id, name, uri });
  });
});
