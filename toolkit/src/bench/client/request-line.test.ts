import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { readRequestLine } from './request-line.ts';

describe('readRequestLine', () => {
  it('puts the line together and calls back at the end that follows', async () => {
    const input = new PassThrough();
    let ended = false;
    const line = readRequestLine(input, () => (ended = true));
    input.write('{"a":');
    input.write('"ü"}\nmore');
    expect(await line).toBe('{"a":"ü"}');
    expect(ended).toBe(false);
    input.end();
    await expect.poll(() => ended).toBe(true);
  });

  it('rejects an end before the line', async () => {
    const input = new PassThrough();
    input.end('{"a":1}');
    await expect(readRequestLine(input, () => undefined)).rejects.toThrow('one line');
  });
});
