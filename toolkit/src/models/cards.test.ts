import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findModelFacts } from 'aim-runtime/estimate';
import { updateCards, type CardOutcome } from './cards.ts';

const ID = 'acme/Model';
const CONFIG = JSON.stringify({
  architectures: ['LlamaForCausalLM'],
  torch_dtype: 'bfloat16',
  num_hidden_layers: 32,
  hidden_size: 4096,
  num_attention_heads: 32,
  num_key_value_heads: 8,
  head_dim: 128,
  intermediate_size: 14336,
  vocab_size: 128256,
  tie_word_embeddings: false,
  max_position_embeddings: 131072,
});

/** A hub with two files, entity tags and redirects; `spoil` may answer in its place. */
let files: Record<string, string>;
let seen: { url: string; authorization: string | undefined; etag: string | undefined; host: string }[];
let spoil: (request: IncomingMessage, response: ServerResponse) => boolean;
let servers: Server[];
let output: string;
const address = (server: Server | undefined, host = '127.0.0.1') =>
  `http://${host}:${(server?.address() as AddressInfo).port}`;

beforeEach(async () => {
  files = { 'README.md': '---\nlicense: mit\n---\n# Model\n', 'config.json': CONFIG };
  seen = [];
  spoil = () => false;
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    const { url = '', headers } = request;
    seen.push({
      url,
      authorization: headers.authorization,
      etag: headers['if-none-match'],
      host: headers.host ?? '',
    });
    if (spoil(request, response)) return;
    const text = files[url.split('/').at(-1) ?? ''];
    if (text === undefined || !url.startsWith(`/${ID}/resolve/main/`)) return void response.writeHead(404).end();
    const etag = `"${text.length}"`;
    if (headers['if-none-match'] === etag) return void response.writeHead(304).end();
    response.writeHead(200, { etag }).end(text);
  };
  servers = [createServer(answer), createServer(answer)];
  for (const server of servers) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  output = mkdtempSync(join(tmpdir(), 'aim-cards-'));
});
afterEach(async () => {
  for (const server of servers) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  rmSync(output, { recursive: true });
});

const update = async (options: { token?: string; offline?: boolean; ids?: string[] } = {}): Promise<CardOutcome[]> =>
  updateCards(options.ids ?? [ID], {
    output,
    hub: { endpoint: address(servers[0]), token: options.token, offline: options.offline ?? false },
    signal: new AbortController().signal,
    onDone: () => undefined,
  });
const outcomes = async (options?: Parameters<typeof update>[0]) =>
  (await update(options)).map(({ outcome }) => outcome);
const card = (name: string) => readFileSync(join(output, ID, name), 'utf8');

describe('model cards', () => {
  it('are fetched with the facts of the configuration', async () => {
    expect(await update()).toEqual([{ id: ID, outcome: 'fetched', folder: join(output, ID), reason: null }]);
    expect(card('README.md')).toBe(files['README.md']);
    const { facts } = JSON.parse(card('card.json')) as { facts: { parameters: number; layers: number } };
    expect(facts).toMatchObject({ layers: 32, context: 131072, dtype: 'bfloat16' });
    expect(facts.parameters).toBe(8030261248);
    expect(findModelFacts('meta-llama/Llama-3.1-8B-Instruct')?.shape.layers).toBe(facts.layers);
  });

  it('are asked for again by entity tag, and only what changed is written', async () => {
    await update();
    const before = card('card.json');
    expect(await outcomes()).toEqual(['unchanged']);
    expect(seen.slice(2).every(({ etag }) => etag !== undefined)).toBe(true);
    expect(card('card.json')).toBe(before);
    files['README.md'] = '# A longer card than before\n';
    expect(await outcomes()).toEqual(['fetched']);
    expect(card('README.md')).toContain('longer');
    expect(await outcomes()).toEqual(['unchanged']);
  });

  it('are fetched again when a file was removed', async () => {
    await update();
    rmSync(join(output, ID, 'config.json'));
    expect(await outcomes()).toEqual(['fetched']);
    expect(card('config.json')).toBe(CONFIG);
  });

  it('stay when the hub is away, and nothing is asked when offline', async () => {
    expect(await outcomes({ offline: true })).toEqual(['missing']);
    expect(seen).toEqual([]);
    await update();
    const count = seen.length;
    expect(await outcomes({ offline: true })).toEqual(['kept']);
    expect(seen.length).toBe(count);
    spoil = (request) => {
      request.socket.destroy();
      return true;
    };
    const [kept] = await update();
    expect(kept).toMatchObject({ outcome: 'kept', folder: join(output, ID) });
    expect(kept?.reason).toMatch(/could not be read/);
    expect(card('README.md')).toBe(files['README.md']);
  });

  it('are not half replaced when one of the files cannot be had', async () => {
    await update();
    files['README.md'] = 'another text altogether';
    spoil = (request, response) => {
      if (request.url?.endsWith('config.json') !== true) return false;
      response.writeHead(404).end();
      return true;
    };
    expect(await outcomes()).toEqual(['kept']);
    expect(card('README.md')).toContain('license: mit');
  });

  it('of gated models need the token, which no other host gets', async () => {
    spoil = (request, response) => {
      if (request.headers.host?.startsWith('localhost') === true) return false;
      if (request.headers.authorization !== 'Bearer a-token') response.writeHead(401).end();
      else response.writeHead(307, { location: `${address(servers[1], 'localhost')}${request.url ?? ''}` }).end();
      return true;
    };
    const [refused] = await update();
    expect(refused).toMatchObject({ outcome: 'missing', folder: null });
    expect(refused?.reason).toMatch(/not open to everyone/);
    expect(existsSync(join(output, ID))).toBe(false);
    expect(await outcomes({ token: 'a-token' })).toEqual(['fetched']);
    const elsewhere = seen.filter(({ host }) => host.startsWith('localhost'));
    expect(elsewhere).toHaveLength(2);
    expect(elsewhere.every(({ authorization }) => authorization === undefined)).toBe(true);
  });

  it('wait as long as a busy hub asks', async () => {
    let refusals = 2;
    spoil = (_request, response) => {
      if (refusals-- <= 0) return false;
      response.writeHead(429, { 'retry-after': '0.05' }).end();
      return true;
    };
    expect(await outcomes()).toEqual(['fetched']);
  });

  it('of a model that does not exist do not stop the others', async () => {
    expect(await update({ ids: ['acme/Nothing', ID] })).toMatchObject([
      { id: ID, outcome: 'fetched' },
      { id: 'acme/Nothing', outcome: 'missing' },
    ]);
  });

  it('survive a record that cannot be read', async () => {
    await update();
    writeFileSync(join(output, ID, 'card.json'), '{"etags":');
    expect(await outcomes()).toEqual(['fetched']);
  });
});
