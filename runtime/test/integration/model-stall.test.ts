import { readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { download } from '../../src/model/download.ts';
import { folderLayout } from '../../src/model/folder-layout.ts';
import { HttpClient } from '../../src/model/http.ts';
import { Hub } from '../../src/model/huggingface.ts';
import { EVERYTHING_NEEDED } from '../../src/model/patterns.ts';
import { CacheFolder } from '../lib/model-cache.ts';
import { safetensors } from '../lib/model-files.ts';
import { HubServer } from '../lib/model-hub-server.ts';
import { runAside } from '../lib/model-runs.ts';
import { PROFILE, ProfileTree, settings } from '../lib/run-executable.ts';

const COMMIT = '0123456789abcdef0123456789abcdef01234567';
const patience = { attempts: 4, firstWaitMs: 5, longestWaitMs: 20, stallMs: 300 };
const progress = { start: () => undefined, bytes: () => undefined, file: () => undefined, end: () => undefined };
const { signal } = new AbortController();

async function listen(listener: RequestListener): Promise<{ url: string; close: () => void }> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}

describe('a range that brings nothing any more', () => {
  it('is asked for anew from where it stopped, and no other range with it', async () => {
    const files = { 'model.safetensors': safetensors({ a: 1_000_000 }) };
    await using server = await HubServer.start([{ name: 'org/model', commit: COMMIT, files }]);
    using cache = new CacheFolder();
    const hub = new Hub({ endpoint: server.url, token: undefined, env: {}, patience });
    const stalls = new Set<string>();
    server.fault = ({ host, range }) => {
      if (host !== 'cdn' || stalls.size === 2 || range === undefined || stalls.has(range)) return undefined;
      stalls.add(range);
      return { kind: 'stall', afterBytes: 50_000 };
    };
    const model = await hub.list({ name: 'org/model', revision: 'main' }, signal);
    const plan = {
      layout: folderLayout(cache.path, 'org/model', COMMIT),
      source: 'hf://org/model',
      revision: 'main',
      commit: COMMIT,
      choice: EVERYTHING_NEEDED,
      files: model.files,
      listed: model.files,
    };
    const options = { signal, progress, onWait: () => undefined, patience, segmentBytes: 100_000 };
    expect(await download(plan, options)).toBe(1);
    hub.close();
    expect(readFileSync(cache.at('org/model/model.safetensors')).equals(files['model.safetensors'])).toBe(true);
    expect(stalls.size).toBe(2);
    expect(server.sentBytes).toBe(files['model.safetensors'].length);
  });
});

describe('redirects', () => {
  it('are not followed to another protocol or for ever', async () => {
    for (const [location, text] of [
      ['file:///etc/passwd', 'not followed: file:'],
      ['/again', 'redirects more than'],
    ] as const) {
      const server = await listen((_, response) => response.writeHead(302, { location }).end());
      const client = new HttpClient({}, undefined);
      await expect(client.get(new URL(server.url), { signal })).rejects.toThrow(text);
      client.close();
      server.close();
    }
  });
});

describe('dry-run', () => {
  it('does not wait for a hub that never answers', async () => {
    const server = await listen(() => undefined);
    using tree = new ProfileTree().put('org/model/one.yaml', PROFILE);
    const env = { ...settings(tree), HF_HUB_OFFLINE: '', HF_ENDPOINT: server.url, AIM_LOG_LEVEL: 'CRITICAL' };
    const { status, stdout, stderr } = await runAside(['dry-run', '--format', 'json'], env);
    server.close();
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('"size_gb": null');
  });

  it('asks a hub that answers', async () => {
    const files = { 'model.safetensors': Buffer.alloc(11_000_000) };
    await using server = await HubServer.start([{ name: 'org/model', commit: COMMIT, files }]);
    using tree = new ProfileTree().put('org/model/one.yaml', PROFILE);
    const env = { ...settings(tree), HF_HUB_OFFLINE: '', HF_ENDPOINT: server.url, AIM_LOG_LEVEL: 'CRITICAL' };
    const { stdout } = await runAside(['dry-run', '--format', 'json'], env);
    expect(stdout).toContain('"size_gb": 0.01');
  });
});
