import { request } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { servePage } from './serve.ts';

let controller = new AbortController();
afterEach(() => {
  controller.abort();
  controller = new AbortController();
});

function ask(url: string, { method = 'GET', host }: { method?: string; host?: string } = {}) {
  return new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
    const sent = request(url, { method, ...(host === undefined ? {} : { headers: { host } }) }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.on('end', () => resolve({ status: response.statusCode, body }));
    });
    sent.on('error', reject);
    sent.end();
  });
}

describe('servePage', () => {
  it('serves the page to this machine under its own names only', async () => {
    const { url } = await servePage('<p>page', { port: 0, signal: controller.signal });
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
    expect(await ask(url)).toEqual({ status: 200, body: '<p>page' });
    expect(await ask(url, { method: 'HEAD' })).toEqual({ status: 200, body: '' });
    expect((await ask(url, { host: 'localhost:1' })).status).toBe(200);
    expect((await ask(url, { host: 'evil.example' })).status).toBe(403);
    expect((await ask(url, { method: 'POST' })).status).toBe(405);
    expect((await ask(`${url}../../etc/passwd`)).status).toBe(404);
  });

  it('ends with the signal, and tells a taken port', async () => {
    const { url, ended } = await servePage('x', { port: 0, signal: controller.signal });
    const port = Number(new URL(url).port);
    await expect(servePage('y', { port, signal: controller.signal })).rejects.toThrow(/cannot listen on port/);
    controller.abort();
    await ended;
    await expect(ask(url)).rejects.toThrow();
  });
});
