import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkedJson, REPOSITORY, type Outcome } from '../lib/aimctl.ts';

const KEY = 'k3y-of-the-one-who-pays';
const scratch = mkdtempSync(join(tmpdir(), 'aimctl-bench-url-'));
const asked = new Map<string, Set<string | undefined>>();
const bodies: string[] = [];

/** Serves two models to whoever shows the key, and repeats it in every third refusal. */
function answer(request: IncomingMessage, response: ServerResponse): void {
  const path = request.url ?? '';
  const { authorization } = request.headers;
  asked.set(path, (asked.get(path) ?? new Set()).add(authorization));
  let body = '';
  request.on('data', (chunk: Buffer) => (body += chunk.toString()));
  request.on('end', () => {
    if (authorization !== `Bearer ${KEY}`) return void response.writeHead(401).end('no such key');
    if (path === '/v1/models') return void response.end(JSON.stringify({ data: [{ id: 'a/One' }, { id: 'a/Two' }] }));
    if (path !== '/v1/completions') return void response.writeHead(404).end();
    bodies.push(body);
    if (bodies.length % 3 === 0) return void response.writeHead(403).end(`the key ${KEY} is used up`);
    const frame = (text: string) => `data: ${JSON.stringify({ choices: [{ index: 0, text }] })}\n\n`;
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const usage = { choices: [], usage: { prompt_tokens: 8, completion_tokens: 2 } };
    response.end(`${frame('a')}${frame('b')}data: ${JSON.stringify(usage)}\n\ndata: [DONE]\n\n`);
  });
}

const server = createServer(answer);
let url = '';
beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(scratch, { recursive: true });
});

/** Not the synchronous helper: the server lives in this process. */
async function bench(...args: string[]): Promise<Outcome> {
  const program = join(REPOSITORY, 'toolkit/bin/aimctl.js');
  const load = ['--requests', '12', '--repeats', '1', '--warmup', '0', '--input-len', '8', '--output-len', '2'];
  const env = { ...process.env, GITHUB_ACTIONS: '', MODELS_KEY: KEY, EMPTY_KEY: ' ', BAD_KEY: 'two\nlines' };
  const all = [program, 'bench', '--url', url, ...load, ...args, '--json'];
  return new Promise((resolve) => {
    execFile(process.execPath, all, { cwd: scratch, env }, (error, stdout, stderr) =>
      resolve({ status: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

/** Every file below a folder as text, unpacked. */
function readAll(folder: string): string {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const read = ({ parentPath, name }: (typeof files)[number]) => {
    const content = readFileSync(join(parentPath, name));
    return (name.endsWith('.gz') ? gunzipSync(content) : content).toString();
  };
  return files.map(read).join('\n');
}

describe('a server that wants a key', () => {
  it('is shown it everywhere, and nobody else ever sees it', async () => {
    const output = join(scratch, 'keyed');
    const run = await bench(
      '--api-key-env',
      'MODELS_KEY',
      '--model',
      'a/Two',
      '--output',
      output,
      '--format',
      'json,vllm',
    );
    expect(run.status, run.stderr).toBe(3); // a third of its answers are refusals
    checkedJson('bench', run);
    for (const path of ['/v1/models', '/v1/completions', '/metrics']) {
      expect([...(asked.get(path) ?? [])], path).toEqual([`Bearer ${KEY}`]);
    }
    expect(bodies.map((body) => (JSON.parse(body) as { model: string }).model)).toEqual(bodies.map(() => 'a/Two'));
    const written = readAll(output);
    expect(written).toContain('http_4xx');
    expect(written + run.stdout + run.stderr).not.toContain(KEY);
  });

  it.each([
    { args: [], status: 5, says: 'wants a key' },
    { args: ['--api-key-env', 'NO_SUCH_KEY'], status: 2, says: 'NO_SUCH_KEY is not set' },
    { args: ['--api-key-env', 'EMPTY_KEY'], status: 2, says: 'EMPTY_KEY is not set' },
    { args: ['--api-key-env', 'BAD_KEY'], status: 2, says: 'holds what is no key' },
    { args: ['--api-key-env', 'MODELS_KEY', '--model', 'a/Three'], status: 2, says: 'does not serve a/Three' },
  ])('$args', async ({ args, status, says }) => {
    const run = await bench(...args, '--output', join(scratch, 'refused'));
    const { error } = checkedJson('error', run) as { error: { message: string } };
    expect([run.status, error.message]).toEqual([status, expect.stringContaining(says)]);
    expect(run.stdout + run.stderr).not.toContain(KEY);
    rmSync(join(scratch, 'refused'), { recursive: true, force: true });
  });
});
