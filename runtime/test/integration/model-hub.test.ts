import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CacheFolder } from '../lib/model-cache.ts';
import { safetensors, shardedModel } from '../lib/model-files.ts';
import { gitSha1, HubServer, sha256, type ServedModel } from '../lib/model-hub-server.ts';
import { runDownload, startDownload } from '../lib/model-runs.ts';

const COMMIT = '0123456789abcdef0123456789abcdef01234567';
const SHARD = 'model-00001-of-00002.safetensors';

function model(more: Partial<ServedModel> = {}): ServedModel {
  return { name: 'org/model', commit: COMMIT, files: shardedModel(2, 300_000), ...more };
}

function settings(hub: HubServer, cache: CacheFolder): Record<string, string> {
  return { HF_ENDPOINT: hub.url, AIM_CACHE_PATH: cache.path, AIM_LOG_LEVEL: 'ERROR' };
}

describe('download of a hub model', () => {
  it('puts every file where it belongs, with the records that huggingface_hub keeps, and prints the folder', async () => {
    const served = model();
    await using hub = await HubServer.start([served]);
    using cache = new CacheFolder();
    const outcome = await runDownload(['--model-id', 'hf://org/model'], settings(hub, cache));
    expect(outcome).toEqual({ status: 0, stdout: `${cache.at('org/model')}\n`, stderr: '' });
    for (const [path, content] of Object.entries(served.files)) {
      expect(readFileSync(cache.at('org/model', path)).equals(content)).toBe(true);
      const record = readFileSync(cache.at('org/model/.cache/huggingface/download', `${path}.metadata`), 'utf8');
      const etag = path.endsWith('.safetensors') ? sha256(content) : gitSha1(content);
      expect(record.split('\n').slice(0, 2)).toEqual([COMMIT, etag]);
      expect(Number(record.split('\n')[2])).toBeCloseTo(Date.now() / 1000, -2);
    }
    expect(readdirSync(cache.at('org/model/.cache/aim')).sort()).toEqual(['lock', 'manifest.json']);
    hub.requests.length = 0;
    expect((await runDownload(['--model-id', 'org/model'], settings(hub, cache))).status).toBe(0);
    expect(hub.requests).toEqual([]);
  });

  it.each([
    ['white space around it, which is dropped', (token: string) => ` ${token}\n`, 0],
    ['a line break in it, which no header can carry', (token: string) => `${token}\nx`, 2],
  ])('takes a token with %s', async (_, spoil, expected) => {
    await using hub = await HubServer.start([model({ access: 'gated' })]);
    using cache = new CacheFolder();
    const env = { ...settings(hub, cache), HF_TOKEN: spoil(hub.token) };
    const { status, stderr } = await runDownload(['--model-id', 'org/model'], env);
    expect(status).toBe(expected);
    expect(stderr).not.toContain(hub.token);
  });

  it('keeps the token with the hub', async () => {
    await using hub = await HubServer.start([model({ access: 'gated' })]);
    using cache = new CacheFolder();
    const env = { ...settings(hub, cache), HF_TOKEN: hub.token };
    expect((await runDownload(['--model-id', 'org/model'], env)).status).toBe(0);
    const seen = (host: string) =>
      new Set(hub.requests.filter((each) => each.host === host).map((each) => each.authorization));
    expect(seen('hub')).toEqual(new Set([`Bearer ${hub.token}`]));
    expect(seen('cdn')).toEqual(new Set([undefined]));
  });

  it('fills a hub cache with relative links, and the reference last', async () => {
    const served = model();
    await using hub = await HubServer.start([served]);
    using cache = new CacheFolder();
    const { stdout, status } = await runDownload(['--model-id', 'org/model', '--use-hf-cache'], settings(hub, cache));
    const repository = cache.at('hub/models--org--model');
    expect({ status, stdout }).toEqual({ status: 0, stdout: `${repository}/snapshots/${COMMIT}\n` });
    expect(readFileSync(`${repository}/refs/main`, 'utf8')).toBe(COMMIT);
    for (const [path, content] of Object.entries(served.files)) {
      const link = `${repository}/snapshots/${COMMIT}/${path}`;
      expect(lstatSync(link).isSymbolicLink()).toBe(true);
      const etag = path.endsWith('.safetensors') ? sha256(content) : gitSha1(content);
      expect(readlinkSync(link)).toBe(`${path.includes('/') ? '../' : ''}../../blobs/${etag}`);
      expect(readFileSync(link).equals(content)).toBe(true);
    }
  });

  it('leaves out second copies of the weights, unless they are asked for', async () => {
    const copies = [
      'original/params.json',
      'consolidated.00.pth',
      'model.gguf',
      'pytorch_model.bin',
      'onnx/model.onnx',
    ];
    const files = { ...shardedModel(1, 1000), ...Object.fromEntries(copies.map((path) => [path, Buffer.from(path)])) };
    await using hub = await HubServer.start([model({ files })]);
    using cache = new CacheFolder();
    await runDownload(['--model-id', 'org/model'], settings(hub, cache));
    expect(copies.filter((path) => existsSync(cache.at('org/model', path)))).toEqual([]);
    await runDownload(
      ['--model-id', 'org/model', '--include', '*.gguf', '--include', 'original/*'],
      settings(hub, cache),
    );
    await runDownload(
      ['--model-id', 'org/model', '--model-name', 'a/b/c', '--include', '*.gguf'],
      settings(hub, cache),
    );
    expect(readdirSync(cache.at('a/b/c')).filter((name) => !name.startsWith('.'))).toEqual(['model.gguf']);
    await runDownload(
      ['--model-id', 'org/model', '--model-name', 'x', '--exclude', 'tokenizer*'],
      settings(hub, cache),
    );
    expect(existsSync(cache.at('x/tokenizer.json'))).toBe(false);
    expect(existsSync(cache.at('x/config.json'))).toBe(true);
  });

  it('follows a revision to another commit, fetching only what changed and dropping what is gone', async () => {
    const files = shardedModel(2, 300_000);
    const kept = Object.fromEntries(Object.entries(files).filter(([path]) => path !== 'extra/notes.txt'));
    const later = { ...kept, 'config.json': Buffer.from('{"model_type": "other"}') };
    using cache = new CacheFolder();
    await using first = await HubServer.start([model({ files })]);
    await runDownload(['--model-id', 'org/model'], settings(first, cache));
    await using second = await HubServer.start([model({ files: later, commit: 'f'.repeat(40) })]);
    const { status } = await runDownload(['--model-id', 'org/model@v1'], settings(second, cache));
    expect(status).toBe(0);
    expect(readFileSync(cache.at('org/model/config.json'), 'utf8')).toContain('other');
    expect(existsSync(cache.at('org/model/extra/notes.txt'))).toBe(false);
    const fetched = second.requests.map(({ path }) => path).filter((path) => path.includes('/resolve/'));
    expect(fetched).toEqual([`/org/model/resolve/${'f'.repeat(40)}/config.json`]);
  });

  it('reports as JSON lines, and is ended by a signal with its status', async () => {
    await using hub = await HubServer.start([model({ files: shardedModel(1, 4_000_000) })]);
    using cache = new CacheFolder();
    const env = { ...settings(hub, cache), AIM_LOG_LEVEL: 'INFO', AIM_LOG_FORMAT: 'json' };
    hub.bytesPerSecond = 200_000;
    const run = startDownload(['--model-id', 'org/model'], env);
    while (hub.sentBytes < 300_000) await new Promise((resolve) => setTimeout(resolve, 20));
    run.child.kill('SIGTERM');
    expect((await run.outcome).status).toBe(143);
    hub.bytesPerSecond = undefined;
    const { stderr, status } = await runDownload(['--model-id', 'org/model'], env);
    expect(status).toBe(0);
    const events = stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(events.map(({ event }) => event)).toEqual(expect.arrayContaining(['progress', 'file', 'end']));
    const end = events.find(({ event }) => event === 'end') as { bytes: { done: number; total: number } };
    expect(end.bytes.done).toBe(end.bytes.total);
  });
});

describe('what goes wrong on the way', () => {
  it.each([
    ['429 with Retry-After', { kind: 'status', status: 429, retryAfter: '0.1' }],
    ['503', { kind: 'status', status: 503 }],
    ['a connection that breaks', { kind: 'cut', afterBytes: 100_000 }],
    ['a byte that is wrong', { kind: 'flip-byte' }],
    ['a server without ranges', { kind: 'no-ranges' }],
  ] as const)('%s is overcome', async (_, fault) => {
    const served = model({
      files: { 'config.json': Buffer.from('{}'), 'model.safetensors': safetensors({ a: 900_000 }) },
    });
    await using hub = await HubServer.start([served]);
    using cache = new CacheFolder();
    let spoiled = 0;
    hub.fault = ({ host }) =>
      host === 'cdn' && spoiled++ < 2 - Number(fault.kind === 'flip-byte') ? fault : undefined;
    const { status, stderr } = await runDownload(['--model-id', 'org/model'], settings(hub, cache));
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(spoiled).toBeGreaterThan(0);
    expect(readFileSync(cache.at('org/model/model.safetensors')).equals(served.files['model.safetensors']!)).toBe(true);
  });

  it('a file that always arrives damaged is never put in place', async () => {
    await using hub = await HubServer.start([model()]);
    using cache = new CacheFolder();
    hub.fault = ({ host, path }) => (host === 'cdn' && path.includes('00001') ? { kind: 'flip-byte' } : undefined);
    const { status, stderr, stdout } = await runDownload(['--model-id', 'org/model'], settings(hub, cache));
    expect({ status, stdout }).toEqual({ status: 6, stdout: '' });
    expect(stderr).toContain(`${SHARD} arrived damaged`);
    expect(existsSync(cache.at('org/model', SHARD))).toBe(false);
  });

  it.each([
    ['an unknown model', ['--model-id', 'org/unknown'], 2, 'knows no model org/unknown'],
    ['an unknown revision', ['--model-id', 'org/model', '--revision', 'v9'], 2, 'no revision v9'],
    ['a gated model without a token', ['--model-id', 'org/gated'], 7, '/org/gated and accept the terms'],
    ['a name that is none', ['--model-id', 'org/../model'], 2, 'names no model'],
    ['a revision that is none', ['--model-id', 'org/model', '--revision', '../x'], 2, 'is no revision'],
    ['a bucket without a name', ['--model-id', 's3:///x'], 2, 'the bucket is missing'],
    ['a folder outside', ['--model-id', 'org/model', '--model-name', '../x'], 5, 'it leaves its folder'],
    ['an absolute folder', ['--model-id', 'org/model', '--model-name', '/x'], 5, 'it is absolute'],
    [
      'patterns that leave nothing',
      ['--model-id', 'org/model', '--include', 'nothing'],
      2,
      'no file of org/model is left',
    ],
    ['a pattern that is none', ['--model-id', 'org/model', '--include', '[z-a]*'], 2, 'is no pattern'],
    ['two revisions', ['--model-id', 'org/model@a', '--revision', 'b'], 2, 'two revisions'],
  ])('%s is refused and nothing is written', async (_, args, expected, text) => {
    await using hub = await HubServer.start([model(), model({ name: 'org/gated', access: 'gated' })]);
    using cache = new CacheFolder();
    const { status, stderr, stdout } = await runDownload(args, settings(hub, cache));
    expect({ status, stdout }).toEqual({ status: expected, stdout: '' });
    expect(stderr).toContain(text);
    expect(existsSync(cache.at('org/model/config.json'))).toBe(false);
    expect(existsSync(cache.beside('x'))).toBe(false);
  });

  it.each(['../../evil', '/evil', 'a/../../../evil', 'a\0b', 'a\\..\\b', 'a//b', './a'])(
    'a file called %j is refused',
    async (name) => {
      await using hub = await HubServer.start([
        model({ files: { ...shardedModel(1, 100), [name]: Buffer.from('evil') } }),
      ]);
      using cache = new CacheFolder();
      const { status, stderr } = await runDownload(['--model-id', 'org/model'], settings(hub, cache));
      expect(status).toBe(5);
      expect(stderr).toContain('is refused');
      expect(existsSync(cache.path)).toBe(false);
    },
  );

  it.each(['org', 'org/model', 'org/model/.cache', 'org/model/extra', 'org/model/.cache/aim/parts'])(
    'nothing is written through a link planted at %s',
    async (place) => {
      await using hub = await HubServer.start([model()]);
      using cache = new CacheFolder();
      mkdirSync(cache.beside('outside'));
      mkdirSync(cache.at(place, '..'), { recursive: true });
      symlinkSync(cache.beside('outside'), cache.at(place));
      const { status, stderr } = await runDownload(['--model-id', 'org/model'], settings(hub, cache));
      expect(status).toBe(5);
      expect(stderr).toContain('leads out of the cache');
      expect(readdirSync(cache.beside('outside'))).toEqual([]);
    },
  );

  it('a link planted under a file’s own name is replaced, not followed', async () => {
    await using hub = await HubServer.start([model()]);
    using cache = new CacheFolder();
    mkdirSync(cache.at('org/model'), { recursive: true });
    symlinkSync(cache.beside('outside'), cache.at('org/model/config.json'));
    expect((await runDownload(['--model-id', 'org/model'], settings(hub, cache))).status).toBe(0);
    expect(existsSync(cache.beside('outside'))).toBe(false);
    expect(lstatSync(cache.at('org/model/config.json')).isFile()).toBe(true);
  });

  it('offline nothing is asked of the network', async () => {
    await using hub = await HubServer.start([model()]);
    using cache = new CacheFolder();
    const env = { ...settings(hub, cache), HF_HUB_OFFLINE: '1' };
    const { status, stderr } = await runDownload(['--model-id', 'org/model'], env);
    expect(status).toBe(5);
    expect(stderr).toContain('HF_HUB_OFFLINE forbids every network call');
    expect(hub.requests).toEqual([]);
  });
});
