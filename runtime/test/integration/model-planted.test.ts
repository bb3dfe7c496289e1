import { existsSync, lstatSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CacheFolder } from '../lib/model-cache.ts';
import { shardedModel } from '../lib/model-files.ts';
import { HubServer } from '../lib/model-hub-server.ts';
import { runDownload } from '../lib/model-runs.ts';

const COMMIT = '0123456789abcdef0123456789abcdef01234567';
const served = { name: 'org/model', commit: COMMIT, files: shardedModel(1, 1000) };

function settings(hub: HubServer, cache: CacheFolder): Record<string, string> {
  return { HF_ENDPOINT: hub.url, AIM_CACHE_PATH: cache.path, AIM_LOG_LEVEL: 'ERROR' };
}

describe('a link planted under the name of a record', () => {
  it.each([
    '.cache/huggingface/download/config.json.metadata',
    '.cache/huggingface/.gitignore',
    '.cache/aim/placed.jsonl',
    `.cache/aim/placed-${COMMIT}.jsonl`,
    '.cache/aim/manifest.json',
  ])('%s is not written through', async (place) => {
    await using hub = await HubServer.start([served]);
    using cache = new CacheFolder();
    const path = cache.at('org/model', place);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(cache.beside('outside'), 'not ours');
    symlinkSync(cache.beside('outside'), path);
    const outcome = await runDownload(['--model-id', 'org/model'], settings(hub, cache));
    expect(outcome).toMatchObject({ status: 0, stderr: '' });
    expect(readFileSync(cache.beside('outside'), 'utf8')).toBe('not ours');
    expect(existsSync(cache.at('org/model/config.json'))).toBe(true);
  });
});

describe('something else where a folder or file belongs', () => {
  it.each([
    ['a file as the cache', '', 'file'],
    ['a file as a folder above the model', 'org', 'file'],
    ['a file as the model’s folder', 'org/model', 'file'],
    ['a folder under a file’s name', 'org/model/config.json', 'folder'],
  ])('%s is said to be in the way', async (_, place, kind) => {
    await using hub = await HubServer.start([served]);
    using cache = new CacheFolder();
    const path = cache.at(place);
    mkdirSync(dirname(path), { recursive: true });
    if (kind === 'file') writeFileSync(path, 'x');
    else mkdirSync(path);
    const { status, stdout, stderr } = await runDownload(['--model-id', 'org/model'], settings(hub, cache));
    expect({ status, stdout }).toEqual({ status: 5, stdout: '' });
    expect(stderr).toContain(path);
    expect(stderr).toContain('in the way');
    expect(lstatSync(path).isFile()).toBe(kind === 'file');
  });
});
