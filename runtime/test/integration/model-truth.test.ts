import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  copyFileSync,
  cpSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findCachedModel } from '../../src/model/cache.ts';
import { CacheFolder } from '../lib/model-cache.ts';
import { shardedModel } from '../lib/model-files.ts';
import { HubServer } from '../lib/model-hub-server.ts';
import { runDownload, startDownload } from '../lib/model-runs.ts';
import { EXECUTABLE } from '../lib/run-executable.ts';

const COMMIT = '0123456789abcdef0123456789abcdef01234567';
const files = shardedModel(3, 200_000);
const names = Object.keys(files).filter((name) => files[name]!.length > 0);
const shards = names.filter((name) => name.endsWith('.safetensors'));

let hub: HubServer;
const good = new CacheFolder();
const settings = (cache: CacheFolder) => ({ HF_ENDPOINT: hub.url, AIM_CACHE_PATH: cache.path, AIM_LOG_LEVEL: 'ERROR' });

beforeAll(async () => {
  hub = await HubServer.start([{ name: 'org/model', commit: COMMIT, files }]);
  for (const flags of [[], ['--use-hf-cache']]) {
    await runDownload(['--model-id', 'org/model', ...flags], settings(good));
  }
});
afterAll(async () => {
  good[Symbol.dispose]();
  await hub[Symbol.asyncDispose]();
});

/** A copy of the downloaded cache to spoil. */
function copy(): CacheFolder {
  const cache = new CacheFolder();
  cpSync(good.path, cache.path, { recursive: true, verbatimSymlinks: true });
  return cache;
}

function flip(path: string, offset: number): void {
  const bytes = readFileSync(path);
  const file = openSync(path, 'r+');
  writeSync(file, Buffer.from([bytes[offset]! ^ 0x10]), 0, 1, offset);
  closeSync(file);
}

describe('--verify', () => {
  it('finds a change of any one byte in any file, and the next download repairs just that file', async () => {
    const place = fc
      .constantFrom(...names)
      .chain((name) => fc.tuple(fc.constant(name), fc.nat(files[name]!.length - 1)));
    await fc.assert(
      fc.asyncProperty(place, fc.constantFrom([], ['--use-hf-cache']), async ([name, offset], flags) => {
        using cache = copy();
        const args = ['--model-id', 'org/model', ...flags];
        const folder = flags.length === 0 ? 'org/model' : `hub/models--org--model/snapshots/${COMMIT}`;
        flip(cache.at(folder, name), offset);
        const sentBefore = hub.sentBytes;
        const { status, stderr } = await runDownload([...args, '--verify'], settings(cache));
        const isRepairedAtOnce = hub.sentBytes > sentBefore; // the quick look had seen it already
        expect(isRepairedAtOnce || (status === 5 && stderr.includes(name))).toBe(true);
        expect((await runDownload([...args, '--verify'], settings(cache))).status).toBe(0);
        expect(readFileSync(cache.at(folder, name)).equals(files[name]!)).toBe(true);
        expect(hub.sentBytes - sentBefore).toBe(files[name]!.length);
      }),
      { numRuns: 25 },
    );
  });
});

describe('what is never served', () => {
  const spoil: [string, (at: (name: string) => string) => void][] = [
    ['a shard cut off by one byte', (at) => truncateSync(at(shards[0]!), files[shards[0]!]!.length - 1)],
    ['an empty shard', (at) => truncateSync(at(shards[1]!), 0)],
    ['a shard that is too long', (at) => writeFileSync(at(shards[1]!), 'x', { flag: 'a' })],
    ['a zero-filled shard', (at) => writeFileSync(at(shards[2]!), Buffer.alloc(files[shards[2]!]!.length))],
    [
      'two swapped shards',
      (at) => {
        renameSync(at(shards[0]!), at('aside'));
        renameSync(at(shards[1]!), at(shards[0]!));
        renameSync(at('aside'), at(shards[1]!));
      },
    ],
    ['a missing shard', (at) => renameSync(at(shards[0]!), at('gone'))],
    ['a cut-off index', (at) => truncateSync(at('model.safetensors.index.json'), 30)],
  ];

  it.each(spoil)('%s, with our marker', (_, change) => {
    using cache = copy();
    expect(findCachedModel(cache.path, 'org/model')?.layout).toBe('folder');
    change((name) => cache.at('org/model', name));
    expect(findCachedModel(cache.path, 'org/model', { layout: 'folder' })).toBeUndefined();
  });

  it.each(spoil)('%s, of a model that was put there by hand', (_, change) => {
    using cache = new CacheFolder();
    for (const name of names) {
      if (name.includes('/')) continue;
      cpSync(good.at('org/model', name), cache.at('org/model', name), { recursive: true });
    }
    expect(findCachedModel(cache.path, 'org/model')).toBeDefined();
    change((name) => cache.at('org/model', name));
    expect(findCachedModel(cache.path, 'org/model')).toBeUndefined();
  });

  it.each(spoil)('%s, in a hub cache', (_, change) => {
    using cache = copy();
    const snapshot = (name: string) => cache.at(`hub/models--org--model/snapshots/${COMMIT}`, name);
    expect(findCachedModel(cache.path, 'org/model', { layout: 'hub' })?.path).toBe(snapshot('').replace(/\/$/, ''));
    change(snapshot);
    expect(findCachedModel(cache.path, 'org/model', { layout: 'hub' })).toBeUndefined();
  });

  it('a zeroed or exchanged file of the tokenizer, which no index names', () => {
    using cache = copy();
    copyFileSync(cache.at('org/model/config.json'), cache.at('org/model/tokenizer.json'));
    expect(findCachedModel(cache.path, 'org/model', { layout: 'folder' })).toBeUndefined();
  });
});

describe('a model that huggingface_hub put there, without our marker', () => {
  it.each([
    ['in a folder', [], 'org/model', 'org/model/.cache/aim'],
    ['in a hub cache', ['--use-hf-cache'], `hub/models--org--model/snapshots/${COMMIT}`, 'hub/models--org--model/.aim'],
  ])('%s is accepted, and verified by its own records', async (_, flags, folder, ours) => {
    using cache = copy();
    rmSync(cache.at(ours), { recursive: true });
    const verify = () =>
      runDownload(['--model-id', 'org/model', '--verify', ...flags], { ...settings(cache), HF_HUB_OFFLINE: '1' });
    expect(await verify()).toEqual({ status: 0, stdout: `${cache.at(folder)}\n`, stderr: '' });
    flip(cache.at(folder, shards[1]!), 100_000);
    const { status, stderr } = await verify();
    expect(status).toBe(5);
    expect(stderr).toContain(`1 of ${Object.keys(files).length} files`);
    expect(stderr).toContain(shards[1]);
  });

  it.each([
    ['in a folder', [], 'org/model', 'org/model/.cache/aim'],
    ['in a hub cache', ['--use-hf-cache'], `hub/models--org--model/snapshots/${COMMIT}`, 'hub/models--org--model/.aim'],
  ])(
    '%s is not served any more once it was found damaged, and repaired by the next run',
    async (_, flags, folder, ours) => {
      using cache = copy();
      rmSync(cache.at(ours), { recursive: true });
      const args = ['--model-id', 'org/model', ...flags];
      flip(cache.at(folder, shards[1]!), 100_000);
      expect((await runDownload([...args, '--verify'], settings(cache))).status).toBe(5);
      expect(
        findCachedModel(cache.path, 'org/model', { layout: flags.length === 0 ? 'folder' : 'hub' }),
      ).toBeUndefined();
      const sentBefore = hub.sentBytes;
      expect(await runDownload([...args, '--verify'], settings(cache))).toMatchObject({ status: 0, stderr: '' });
      expect(hub.sentBytes - sentBefore).toBe(files[shards[1]!]!.length);
      expect(readFileSync(cache.at(folder, shards[1]!)).equals(files[shards[1]!]!)).toBe(true);
    },
  );

  it.runIf(process.getuid?.() === 0)('in a cache that cannot be written to, is said to be served still', () => {
    using cache = copy();
    chmodSync(cache.beside(), 0o755);
    rmSync(cache.at('org/model/.cache/aim'), { recursive: true });
    flip(cache.at('org/model', shards[1]!), 100_000);
    const { status, stderr } = spawnSync(EXECUTABLE, ['download-to-cache', '--model-id', 'org/model', '--verify'], {
      uid: 65532,
      gid: 65532,
      env: settings(cache),
      encoding: 'utf8',
    });
    expect(status).toBe(5);
    expect(stderr).toContain('served still');
    expect(stderr).not.toContain('fetches those files only');
  });
});

describe('a signal during --verify', () => {
  it('ends it at once', async () => {
    using cache = copy();
    rmSync(cache.at('org/model/.cache/aim'), { recursive: true });
    const record = `${COMMIT}\n${'a'.repeat(64)}\n0\n`;
    writeFileSync(cache.at('org/model/.cache/huggingface/download/large.txt.metadata'), record);
    writeFileSync(cache.at('org/model/large.txt'), '');
    truncateSync(cache.at('org/model/large.txt'), 30_000_000_000); // many seconds of hashing, and no room on the disk
    const run = startDownload(['--model-id', 'org/model', '--verify'], settings(cache));
    await sleep(700);
    const sinceMs = performance.now();
    run.child.kill('SIGTERM');
    const { status, stdout } = await run.outcome;
    expect({ status, stdout }).toEqual({ status: 143, stdout: '' });
    expect(performance.now() - sinceMs).toBeLessThan(2000);
  });
});
