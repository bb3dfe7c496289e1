import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findFacts } from './find-facts.ts';
import { readModelSources } from './model-sources.ts';

const CONFIG = { num_hidden_layers: 4, hidden_size: 64, num_attention_heads: 8, vocab_size: 100 };

let folder: string;
let server: Server | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'aim-facts-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  server?.closeAllConnections();
  server?.close();
});

function put(path: string, content: object, ageSeconds = 0): void {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(content));
  utimesSync(dirname(file), Date.now() / 1000 - ageSeconds, Date.now() / 1000 - ageSeconds);
}

async function serve(listener: RequestListener): Promise<string> {
  server = createServer(listener);
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const facts = (id: string, env: Record<string, string> = {}) =>
  findFacts(id, readModelSources({ HF_HUB_OFFLINE: '1', ...env }, folder), new AbortController().signal);

describe("a model's dimensions", () => {
  it('come from the model cache before the table', async () => {
    put('cache/Qwen/Qwen3-32B/config.json', CONFIG);
    expect(await facts('Qwen/Qwen3-32B', { AIM_CACHE_PATH: join(folder, 'cache') })).toMatchObject({
      source: join(folder, 'cache/Qwen/Qwen3-32B/config.json'),
      shape: { layers: 4 },
    });
    expect(await facts('Qwen/Qwen3-32B')).toMatchObject({ source: 'the table of known models', shape: { layers: 64 } });
  });

  it("come from the newest snapshot in the hub client's cache", async () => {
    const snapshot = (commit: string) => `.cache/huggingface/hub/models--org--model/snapshots/${commit}/config.json`;
    put(snapshot('old'), CONFIG, 60);
    put(snapshot('new'), { ...CONFIG, num_hidden_layers: 5 });
    put(snapshot('oldest'), CONFIG, 120);
    expect((await facts('org/model')).shape.layers).toBe(5);
  });

  it('come from a folder that is the model', async () => {
    put('mine/config.json', CONFIG);
    expect((await facts(join(folder, 'mine'))).shape.layers).toBe(4);
  });

  it('come from the hub, with the token, by revision', async () => {
    const seen: unknown[] = [];
    const endpoint = await serve(({ url, headers }, response) => {
      seen.push([url, headers.authorization]);
      response.end(JSON.stringify(CONFIG));
    });
    const found = await facts('org/model@v2', { HF_ENDPOINT: `${endpoint}/`, HF_TOKEN: 'hf_x', HF_HUB_OFFLINE: '0' });
    expect(found).toMatchObject({ source: `${endpoint}/org/model`, shape: { layers: 4 } });
    expect(seen).toEqual([['/org/model/resolve/v2/config.json', 'Bearer hf_x']]);
  });

  it.each([
    [401, 'environment', /not open to everyone/, /Set HF_TOKEN/],
    [404, 'remote', /there is no such model/, /--model-config/],
    [500, 'remote', /the server refused/, /--model-config/],
  ])('are an error with a way out when the hub answers %i', async (status, code, message, hint) => {
    const endpoint = await serve((_request, response) => response.writeHead(status).end());
    const failing = facts('org/model', { HF_ENDPOINT: endpoint, HF_HUB_OFFLINE: '0' });
    await expect(failing).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message) as string,
      hint: expect.stringMatching(hint) as string,
    });
  });

  it.each([
    ['no JSON', 'hello'],
    ['too much', 'x'.repeat(5 * 1024 ** 2)],
  ])('are an error when the hub sends %s', async (_what, body) => {
    const endpoint = await serve((_request, response) => response.end(body));
    await expect(facts('org/model', { HF_ENDPOINT: endpoint, HF_HUB_OFFLINE: '0' })).rejects.toMatchObject({
      code: 'remote',
    });
  });

  it('are not asked for on the network when that is forbidden', async () => {
    await expect(facts('org/model')).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('HF_HUB_OFFLINE') as string,
    });
  });
});
