import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Buckets } from './s3.ts';

const ETAG = `${'a'.repeat(32)}-2`;
const FOLDER = { bucket: 'models', prefix: 'llama' };
const LISTING = `<ListBucketResult><Contents><Key>llama/a.safetensors</Key><Size>100</Size>
<ETag>&quot;${ETAG}&quot;</ETag></Contents></ListBucketResult>`;

/** Kind of a request, as far as these tests tell them apart. */
type Asked = 'listing' | 'description' | 'first part';

let server: Server;
let buckets: Buckets;
let abort: AbortController;
let asked: Asked[];
/** Status instead of an answer; undefined for the answer, 0 for none at all. */
let fault: (asked: Asked) => number | undefined;

beforeEach(async () => {
  [asked, fault, abort] = [[], () => undefined, new AbortController()];
  server = createServer((request, response) => {
    const { method, url = '' } = request;
    const kind = method === 'GET' ? 'listing' : url.includes('partNumber=1') ? 'first part' : 'description';
    asked.push(kind);
    const status = fault(kind);
    if (status === 0) return;
    if (status !== undefined) response.writeHead(status).end();
    else if (kind === 'listing') response.writeHead(200, { 'content-type': 'application/xml' }).end(LISTING);
    else response.writeHead(200, { 'content-length': kind === 'first part' ? 60 : 100, etag: `"${ETAG}"` }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'key');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  buckets = await Buckets.open({
    env: { AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}` },
    patience: { attempts: 2, firstWaitMs: 1, longestWaitMs: 1, stallMs: 200 },
    signal: abort.signal,
  });
});
afterEach(async () => {
  buckets.close();
  vi.unstubAllEnvs();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function digest() {
  const { files } = await buckets.list(FOLDER);
  return files[0]?.digest();
}

describe('listings and descriptions', () => {
  it.each<Asked>(['listing', 'description', 'first part'])('repeat a %s that fails in passing', async (spoiled) => {
    fault = (kind) => (kind === spoiled && asked.filter((each) => each === spoiled).length === 1 ? 503 : undefined);
    expect(await digest()).toEqual({ algorithm: 'md5-parts', value: ETAG, partBytes: 60 });
    expect(asked).toHaveLength(4);
  });

  it('do without parts where the server knows none', async () => {
    fault = (kind) => (kind === 'first part' ? 501 : undefined);
    expect(await digest()).toBeUndefined();
    expect(asked).toEqual(['listing', 'description', 'first part']);
  });

  it.each<Asked>(['listing', 'description'])('give up a %s that never comes', async (spoiled) => {
    fault = (kind) => (kind === spoiled ? 0 : undefined);
    await expect(digest()).rejects.toMatchObject({
      code: 'network',
      message: expect.stringContaining('failed 2 times in a row: models gave no answer for 0.2 s') as string,
    });
  });

  it.each<Asked>(['listing', 'description'])('end with their signal while a %s does not come', async (spoiled) => {
    fault = (kind) => {
      if (kind !== spoiled) return undefined;
      setTimeout(() => {
        abort.abort(new Error('stop'));
      }, 20);
      return 0;
    };
    await expect(digest()).rejects.toThrow('stop');
  });
});
