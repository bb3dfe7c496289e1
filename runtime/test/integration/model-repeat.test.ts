import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { readManifest } from '../../src/model/manifest.ts';
import { CacheFolder } from '../lib/model-cache.ts';
import { safetensors, shardedModel } from '../lib/model-files.ts';
import { HubServer } from '../lib/model-hub-server.ts';
import { runDownload, startDownload } from '../lib/model-runs.ts';

const commitOf = (letter: string) => letter.repeat(40);

type Files = Readonly<Record<string, Buffer>>;

function serve(files: Files, letter: string, name = 'org/model'): Promise<HubServer> {
  return HubServer.start([{ name, commit: commitOf(letter), files }]);
}

function settings(hub: HubServer, cache: CacheFolder): Record<string, string> {
  return { HF_ENDPOINT: hub.url, AIM_CACHE_PATH: cache.path, AIM_LOG_LEVEL: 'ERROR' };
}

async function bring(hub: HubServer, cache: CacheFolder, args: readonly string[], id = 'org/model'): Promise<void> {
  const outcome = await runDownload(['--model-id', id, ...args], settings(hub, cache));
  expect(outcome).toMatchObject({ status: 0, stderr: '' });
}

function fetched(hub: HubServer): string[] {
  return hub.requests.flatMap(({ path }) => /\/resolve\/[^/]+\/(.+)$/.exec(path)?.[1] ?? []);
}

function marked(cache: CacheFolder): string[] | undefined {
  return readManifest(cache.at('org/model/.cache/aim/manifest.json'))
    ?.files.map(({ path }) => path)
    .sort();
}

function without(files: Files, name: string): Files {
  return Object.fromEntries(Object.entries(files).filter(([path]) => path !== name));
}

const WEIGHTS = ['--include', '*.safetensors'];
const JSON_FILES = ['--include', '*.json'];

describe('a second choice of files', () => {
  it.each([[[]], [['--use-hf-cache']]])('adds to what an earlier one brought %j', async (flags) => {
    const files = shardedModel(2, 300_000);
    await using hub = await serve(files, 'a');
    using cache = new CacheFolder();
    await bring(hub, cache, [...WEIGHTS, ...flags]);
    await bring(hub, cache, [...JSON_FILES, ...flags]);
    const folder = flags.length === 0 ? 'org/model' : `hub/models--org--model/snapshots/${commitOf('a')}`;
    for (const name of Object.keys(files).filter((each) => /\.(?:json|safetensors)$/.test(each))) {
      expect(readFileSync(cache.at(folder, name)).equals(files[name]!), name).toBe(true);
    }
    hub.requests.length = 0;
    await bring(hub, cache, flags);
    expect(fetched(hub).sort()).toEqual(['README.md', 'extra/notes.txt']);
  });

  it('drops what it did not ask for only when the source has that no more, or has it changed', async () => {
    const files: Files = { ...shardedModel(3, 100_000) };
    const [first = '', second = '', third = ''] = Object.keys(files).filter((name) => name.endsWith('.safetensors'));
    using cache = new CacheFolder();
    await using before = await serve(files, 'a');
    await bring(before, cache, WEIGHTS);
    await using after = await serve(
      { ...without(files, second), [third]: safetensors({ 'layers.2.weight': 100_000 }) },
      'b',
    );
    await bring(after, cache, JSON_FILES);
    expect([first, second, third].map((name) => existsSync(cache.at('org/model', name)))).toEqual([true, false, false]);
    expect(marked(cache)).toEqual(['config.json', first, 'model.safetensors.index.json', 'tokenizer.json']);
  });

  it('never removes through a link planted in the model’s folder', async () => {
    using cache = new CacheFolder();
    await using before = await serve(shardedModel(1, 1000), 'a');
    await bring(before, cache, []);
    mkdirSync(cache.beside('outside'));
    writeFileSync(cache.beside('outside/notes.txt'), 'not ours');
    rmSync(cache.at('org/model/extra'), { recursive: true });
    symlinkSync(cache.beside('outside'), cache.at('org/model/extra'));
    await using after = await serve(without(shardedModel(1, 1000), 'extra/notes.txt'), 'b');
    await bring(after, cache, ['--revision', 'v1']);
    expect(existsSync(cache.beside('outside/notes.txt'))).toBe(true);
  });
});

describe('an update that is killed', () => {
  it('still drops, when another one ends, what the old commit and the unfinished one had', async () => {
    const lasting = shardedModel(1, 1000);
    const old = { ...lasting, 'old.txt': Buffer.from('old') };
    const unfinished = {
      ...lasting,
      'between.txt': Buffer.from('between'),
      'z.safetensors': safetensors({ z: 4_000_000 }),
    };
    using cache = new CacheFolder();
    await using first = await serve(old, 'a');
    await bring(first, cache, []);
    await using second = await serve(unfinished, 'b');
    second.bytesPerSecond = 200_000;
    const run = startDownload(['--model-id', 'org/model', '--revision', 'v1'], settings(second, cache));
    while (!existsSync(cache.at('org/model/between.txt'))) await sleep(20);
    run.child.kill('SIGKILL');
    await run.outcome;
    expect(marked(cache)).toBeUndefined();
    await using third = await serve({ ...lasting, 'config.json': Buffer.from('{"model_type": "new"}') }, 'c');
    await bring(third, cache, ['--revision', 'v1']);
    expect(existsSync(cache.at('org/model/old.txt'))).toBe(false);
    expect(existsSync(cache.at('org/model/between.txt'))).toBe(false);
    expect(fetched(third)).toEqual(['config.json']);
    expect(marked(cache)).toEqual(Object.keys(lasting).sort());
  });
});

describe('a folder that another model was put into', () => {
  it('is filled with the one that is asked for now', async () => {
    const [one, other] = [shardedModel(1, 1000), shardedModel(1, 1000)];
    await using hub = await HubServer.start([
      { name: 'org/one', commit: commitOf('a'), files: one },
      { name: 'org/other', commit: commitOf('b'), files: other },
    ]);
    using cache = new CacheFolder();
    const [shard = ''] = Object.keys(one).filter((name) => name.endsWith('.safetensors'));
    await bring(hub, cache, ['--model-name', 'my/model'], 'org/one');
    await bring(hub, cache, ['--model-name', 'my/model'], 'org/other');
    expect(readFileSync(cache.at('my/model', shard)).equals(other[shard]!)).toBe(true);
  });
});

describe('a hub cache beside the folder hub, as 0.9 filled it', () => {
  it('is found and not filled anew', async () => {
    await using hub = await serve(shardedModel(1, 1000), 'a');
    using cache = new CacheFolder();
    await bring(hub, cache, ['--use-hf-cache']);
    rmSync(cache.at('hub/models--org--model/.aim'), { recursive: true });
    renameSync(cache.at('hub/models--org--model'), cache.at('models--org--model'));
    rmSync(cache.at('hub'), { recursive: true });
    const env = { ...settings(hub, cache), HF_HUB_OFFLINE: '1' };
    const outcome = await runDownload(['--model-id', 'org/model', '--use-hf-cache', '--verify'], env);
    const stdout = `${cache.at(`models--org--model/snapshots/${commitOf('a')}`)}\n`;
    expect(outcome).toEqual({ status: 0, stdout, stderr: '' });
    expect(existsSync(cache.at('hub'))).toBe(false);
  });
});
