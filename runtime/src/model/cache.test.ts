import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findCachedModel } from './cache.ts';

let cache: string;
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'aim-cache-'));
});
afterEach(() => {
  rmSync(cache, { recursive: true, force: true });
});

function put(path: string, text = 'x'): void {
  mkdirSync(dirname(join(cache, path)), { recursive: true });
  writeFileSync(join(cache, path), text);
}

const INDEX = JSON.stringify({
  weight_map: { a: 'model-1.safetensors', b: 'model-2.safetensors', c: 'model-1.safetensors' },
});

describe('findCachedModel', () => {
  it('finds a model of one weight file', () => {
    put('org/model/config.json', '{}');
    put('org/model/model.safetensors', 'weights');
    expect(findCachedModel(cache, 'org/model')).toEqual({
      path: join(cache, 'org/model'),
      sizeBytes: 9,
      layout: 'folder',
      marker: undefined,
    });
    expect(findCachedModel(cache, 'hf://org/model')?.path).toBe(join(cache, 'org/model'));
  });

  it('finds a sharded model only when every shard of its index is there and not empty', () => {
    put('org/model/config.json', '{}');
    put('org/model/model.safetensors.index.json', INDEX);
    put('org/model/model-1.safetensors');
    expect(findCachedModel(cache, 'org/model')).toBeUndefined();
    put('org/model/model-2.safetensors', '');
    expect(findCachedModel(cache, 'org/model')).toBeUndefined();
    put('org/model/model-2.safetensors');
    expect(findCachedModel(cache, 'org/model')).toBeDefined();
  });

  it.each([
    ['an empty folder', () => mkdirSync(join(cache, 'org/model'), { recursive: true })],
    ['no weights', () => put('org/model/config.json', '{}')],
    ['no configuration', () => put('org/model/model.safetensors')],
    [
      'a cut-off index',
      () => {
        put('org/model/config.json', '{}');
        put('org/model/model.safetensors');
        put('org/model/model.safetensors.index.json', INDEX.slice(0, 20));
      },
    ],
    [
      'a zero-filled file',
      () => {
        put('org/model/config.json', '{}');
        put('org/model/model.safetensors', '\0'.repeat(1000));
      },
    ],
    [
      'shards that hold less than the index says',
      () => {
        put('org/model/config.json', '{}');
        put('org/model/model-1.safetensors', 'x'.repeat(50));
        put('org/model/model-2.safetensors', 'x'.repeat(49));
        put('org/model/model.safetensors.index.json', INDEX.replace('{', '{"metadata": {"total_size": 100}, '));
      },
    ],
    [
      'a download of ours that was broken off',
      () => {
        put('org/model/config.json', '{}');
        put('org/model/model.safetensors');
        put('org/model/.cache/aim/parts/x.part');
      },
    ],
    [
      'a download under way',
      () => {
        put('org/model/config.json', '{}');
        put('org/model/model.safetensors');
        put('org/model/.cache/huggingface/download/model.safetensors.abc.incomplete');
      },
    ],
  ])('does not serve %s', (_, make) => {
    make();
    expect(findCachedModel(cache, 'org/model')).toBeUndefined();
  });

  it('finds a bucket model by the last two parts of its key', () => {
    put('org/llama/config.json', '{}');
    put('org/llama/model.safetensors');
    expect(findCachedModel(cache, 's3://bucket/models/org/llama')?.path).toBe(join(cache, 'org/llama'));
  });

  describe('with a marker', () => {
    const mark = (folder: string, source: string) => {
      const revision = source.startsWith('hf://') ? 'main' : undefined;
      put(`${folder}/config.json`, '{}');
      put(`${folder}/model.safetensors`, 'weights');
      put(`${folder}/.cache/aim/manifest.json`, JSON.stringify({ version: 1, source, revision, files: [] }));
    };

    it.each([
      ['org/a', 'my/model', 'hf://org/a', true],
      ['org/b', 'my/model', 'hf://org/a', false],
      ['org/a', 'my/model', 's3://bucket/tuned', true],
      ['org/a@main', 'my/model', 's3://bucket/tuned', false],
      ['my/model', 'my/model', 'hf://org/a', true],
      ['my/model', 'my/model', 's3://bucket/a', true],
      ['org/a@main', 'my/model', 'hf://org/a', true],
      ['org/a@v2', 'my/model', 'hf://org/a', false],
      ['org/b@main', 'my/model', 'hf://org/a', false],
      ['s3://bucket/org/a', 'org/a', 's3://bucket/org/a/', true],
      ['s3://other/org/a', 'org/a', 's3://bucket/org/a', false],
      ['s3://bucket/org/a', 'org/a', 'hf://org/a', false],
    ])('%s in the folder %s that came from %s: %s', (id, modelName, source, expected) => {
      mark(modelName, source);
      expect(findCachedModel(cache, id, { modelName }) !== undefined).toBe(expected);
    });
  });

  describe('beside the folder hub, where 0.9 put what --use-hf-cache brought', () => {
    const commit = 'a'.repeat(40);
    const folder = `models--org--model/snapshots/${commit}`;
    beforeEach(() => {
      put('models--org--model/refs/main', commit);
      put(`${folder}/config.json`, '{}');
      put(`${folder}/model.safetensors`, 'weights');
    });

    it('finds a model, which an engine is given by its path', () => {
      expect(findCachedModel(cache, 'org/model')).toMatchObject({ path: join(cache, folder), layout: 'folder' });
      expect(findCachedModel(cache, `org/model@${commit}`)?.path).toBe(join(cache, folder));
      expect(findCachedModel(cache, 'org/model@v2')).toBeUndefined();
    });

    it('prefers the layouts of today', () => {
      put('org/model/config.json', '{}');
      put('org/model/model.safetensors', 'weights');
      expect(findCachedModel(cache, 'org/model')?.path).toBe(join(cache, 'org/model'));
    });

    it.each(['models--org--model/blobs/x.incomplete', `${folder}/.cache/aim/placed.jsonl`])('not with %s', (path) => {
      put(path);
      expect(findCachedModel(cache, 'org/model')).toBeUndefined();
    });
  });

  it('never leaves the cache folder and leaves paths to the engine', () => {
    put('config.json', '{}');
    put('model.safetensors');
    expect(findCachedModel(join(cache, 'sub'), '../x/..')).toBeUndefined();
    expect(findCachedModel(cache, '/models/org/model')).toBeUndefined();
  });
});
