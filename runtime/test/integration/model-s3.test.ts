import { chmodSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CacheFolder } from '../lib/model-cache.ts';
import { shardedModel } from '../lib/model-files.ts';
import { runAside, runDownload, startDownload } from '../lib/model-runs.ts';
import { S3Server } from '../lib/model-s3-server.ts';
import { PROFILE, ProfileTree, settings as startSettings } from '../lib/run-executable.ts';

const files = shardedModel(2, 200_000);
const [first = '', second = ''] = Object.keys(files).filter((name) => name.endsWith('.safetensors'));
let s3: S3Server;

beforeAll(async () => {
  s3 = await S3Server.start('models');
  for (const [path, content] of Object.entries(files)) {
    if (path === second) continue;
    await s3.put('models', `team/llama-8b/${path}`, content);
    await s3.put('models', `team/llama-8b-instruct/${path}`, Buffer.concat([content, Buffer.from('!')]));
  }
  const parts = [0, 1, 2].map((index) => files[second]!.subarray(index * 90_000, (index + 1) * 90_000));
  await s3.putInParts('models', `team/llama-8b/${second}`, parts);
});
afterAll(() => s3[Symbol.asyncDispose]());
beforeEach(() => {
  s3.fault = () => undefined;
  s3.rewriteListing = (xml) => xml;
  s3.requests.length = 0;
  s3.sentBytes = 0;
});

function settings(cache: CacheFolder): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: s3.url,
    AWS_ACCESS_KEY_ID: 'S3RVER',
    AWS_SECRET_ACCESS_KEY: 'S3RVER',
    AIM_CACHE_PATH: cache.path,
    AIM_LOG_LEVEL: 'ERROR',
  };
}

function expectWhole(folder: string): void {
  for (const [path, content] of Object.entries(files)) {
    expect(readFileSync(join(folder, path)).equals(content), path).toBe(true);
  }
}

describe('download from a bucket', () => {
  it('takes the folder that is named and none whose name begins like it', async () => {
    using cache = new CacheFolder();
    const outcome = await runDownload(['--model-id', 's3://models/team/llama-8b'], settings(cache));
    expect(outcome).toEqual({ status: 0, stdout: `${cache.at('team/llama-8b')}\n`, stderr: '' });
    expectWhole(cache.at('team/llama-8b'));
    expect(readdirSync(cache.at('team'))).toEqual(['llama-8b']);
    expect((await runDownload(['--model-id', 's3://models/team/llama-8b', '--verify'], settings(cache))).status).toBe(
      0,
    );
  });

  it.each([
    ['--model-name', 'custom-org/my-model'],
    ['--custom-model-name', 'one'],
  ])('into the folder that %s names', async (flag, name) => {
    using cache = new CacheFolder();
    const { stdout } = await runDownload(['--model-id', 's3://models/team/llama-8b/', flag, name], settings(cache));
    expect(stdout).toBe(`${cache.at(name)}\n`);
    expectWhole(cache.at(name));
  });

  it('goes on after 503 and 429', async () => {
    using cache = new CacheFolder();
    let failures = 0;
    s3.fault = (method, path) => (method === 'GET' && path.includes(first) && failures++ < 3 ? 503 : undefined);
    const { status, stderr } = await runDownload(['--model-id', 's3://models/team/llama-8b'], settings(cache));
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(failures).toBeGreaterThan(3);
    expectWhole(cache.at('team/llama-8b'));
  });

  it.each([
    ['a listing', (path: string) => path.includes('list-type=2')],
    ['the description of an object', (path: string) => path.includes(first)],
  ])('goes on after 503 for %s', async (_, isMeant) => {
    using cache = new CacheFolder();
    let failures = 0;
    s3.fault = (method, path) =>
      (method === 'HEAD' || path.includes('list-type=2')) && isMeant(path) && failures++ < 1 ? 503 : undefined;
    const { status, stderr } = await runDownload(['--model-id', 's3://models/team/llama-8b'], settings(cache));
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(failures).toBeGreaterThan(0);
    expectWhole(cache.at('team/llama-8b'));
  });

  it.each([
    ['listing', () => true],
    ['description', (method: string) => method === 'HEAD'],
  ])('ends on a signal while it waits for a %s', async (_, isMeant) => {
    using cache = new CacheFolder();
    s3.fault = (method) => (isMeant(method) ? 'no-answer' : undefined);
    const run = startDownload(['--model-id', 's3://models/team/llama-8b'], settings(cache));
    while (!s3.requests.some((each) => isMeant(each.split(' ')[0] ?? ''))) await sleep(20);
    run.child.kill('SIGTERM');
    expect(await run.outcome).toMatchObject({ status: 143, stdout: '' });
  });

  it('refuses an empty folder, an unknown bucket and a wrong key', async () => {
    using cache = new CacheFolder();
    const attempt = (id: string, more = {}) => runDownload(['--model-id', id], { ...settings(cache), ...more });
    expect(await attempt('s3://models/team/llama')).toMatchObject({ status: 2, stdout: '' });
    expect(await attempt('s3://other-bucket/x')).toMatchObject({ status: 2, stdout: '' });
    s3.fault = () => 403;
    const { status, stderr } = await attempt('s3://models/team/llama-8b');
    expect(status).toBe(7);
    expect(stderr).not.toContain('S3RVER');
    expect(existsSync(cache.path)).toBe(false);
  });

  it.each(['../../../evil', '/evil', 'x/../../evil', 'a//b'])('refuses an object called %j', async (key) => {
    using cache = new CacheFolder();
    s3.rewriteListing = (xml) => xml.replace('team/llama-8b/tokenizer.json', `team/llama-8b/${key}`);
    const { status, stderr } = await runDownload(['--model-id', 's3://models/team/llama-8b'], settings(cache));
    expect(status).toBe(5);
    expect(stderr).toContain('is refused');
    expect(existsSync(cache.path)).toBe(false);
    expect(existsSync(cache.beside('evil'))).toBe(false);
  });

  it('offline asks nobody', async () => {
    using cache = new CacheFolder();
    const env = { ...settings(cache), HF_HUB_OFFLINE: '1' };
    expect((await runDownload(['--model-id', 's3://models/team/llama-8b'], env)).status).toBe(5);
    expect(s3.requests).toEqual([]);
  });
});

describe('a profile whose model lies in a bucket', () => {
  function tree(): ProfileTree {
    return new ProfileTree().put(
      'custom/s3.yaml',
      PROFILE.replace('model_id: org/model', 'model_id: s3://models/team/llama-8b'),
    );
  }

  it('serve downloads it before the engine starts, once', async () => {
    using profiles = tree();
    using cache = new CacheFolder();
    profiles.put('bin/python3', '#!/bin/sh\necho "$@"\n');
    chmodSync(join(profiles.root, 'bin/python3'), 0o755);
    const env = {
      ...startSettings(profiles),
      ...settings(cache),
      PATH: `${profiles.root}/bin:/usr/bin:/bin`,
      HF_HUB_OFFLINE: '',
    };
    for (const expectBytes of [(bytes: number) => bytes > 400_000, (bytes: number) => bytes === 0]) {
      s3.sentBytes = 0;
      const { status, stdout } = await runAside(['serve'], env);
      expect(status).toBe(0);
      expect(stdout).toContain(`--model ${cache.at('team/llama-8b')} `);
      expect(stdout).toContain('--served-model-name s3://models/team/llama-8b');
      expect(expectBytes(s3.sentBytes)).toBe(true);
    }
  });

  it('dry-run knows its size from the listing', async () => {
    using profiles = tree();
    using cache = new CacheFolder();
    const env = { ...startSettings(profiles), ...settings(cache), HF_HUB_OFFLINE: '' };
    const sizes = async (more: Record<string, string>) => {
      const { stdout } = await runAside(['dry-run', '--format', 'json'], { ...env, ...more });
      const document = JSON.parse(stdout) as Record<string, { discovery: [{ models: { size_gb: number | null }[] }] }>;
      return document['s3.yaml']?.discovery[0].models[0]?.size_gb;
    };
    const totalBytes = Object.values(files).reduce((sum, { length }) => sum + length, 0);
    expect(await sizes({})).toBe(Math.round((totalBytes / 2 ** 30) * 100) / 100);
    expect(await sizes({ HF_HUB_OFFLINE: '1' })).toBeNull();
    s3.fault = () => 500;
    expect(await sizes({})).toBeNull();
    expect(existsSync(cache.path)).toBe(false);
  });
});
