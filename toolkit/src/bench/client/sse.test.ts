import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SseParser } from './sse.ts';

/** Payloads of a stream that arrives in these chunks. */
function parse(chunks: readonly Buffer[]): string[] {
  const payloads: string[] = [];
  const parser = new SseParser((payload) => payloads.push(payload));
  for (const chunk of chunks) parser.push(chunk);
  parser.end();
  return payloads;
}

/** The same by splitting the whole text, as the standard describes it. */
function parseWhole(text: string): string[] {
  const payloads: string[] = [];
  let data: string[] = [];
  for (const line of [...text.split(/\r?\n/), '']) {
    if (line === '') {
      if (data.length > 0) payloads.push(data.join('\n'));
      data = [];
    } else if (line === 'data') data.push('');
    else if (line.startsWith('data:')) data.push(line.slice(5).replace(/^ /, ''));
  }
  return payloads;
}

/** Cuts bytes at these places. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...places.map((place) => place % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
}

const line = fc.oneof(
  fc.string({ unit: 'grapheme' }).map((text) => `data: ${text.replaceAll(/[\r\n]/g, '')}`),
  fc.constantFrom('data', 'data:', 'data:x', 'data:  two', ': ping', 'event: message', 'database: no', 'id: 7', '', ''),
);
const stream = fc
  .array(fc.tuple(line, fc.constantFrom('\n', '\r\n')), { maxLength: 30 })
  .map((lines) => lines.flat().join(''));

describe('SseParser', () => {
  it('finds the same payloads wherever the bytes are cut', () => {
    fc.assert(
      fc.property(stream, fc.array(fc.nat(), { maxLength: 20 }), (text, places) => {
        expect(parse(cut(Buffer.from(text), places))).toEqual(parseWhole(text));
      }),
      { numRuns: 500 },
    );
  });

  it('puts a character together that two chunks share', () => {
    const bytes = Buffer.from('data: grüße 🙂\n\n');
    for (let place = 0; place <= bytes.length; place++)
      expect(parse([bytes.subarray(0, place), bytes.subarray(place)])).toEqual(['grüße 🙂']);
  });

  it('reads a last frame that has no end', () => {
    expect(parse([Buffer.from('data: a\n\ndata: [DONE]')])).toEqual(['a', '[DONE]']);
    expect(parse([Buffer.from('data: a\n\ndata: [DONE]\n')])).toEqual(['a', '[DONE]']);
  });

  it('refuses a line without end', () => {
    const parser = new SseParser(() => undefined);
    const piece = Buffer.alloc(8 * 1024 * 1024, 'x');
    expect(() => {
      for (let index = 0; index < 5; index++) parser.push(piece);
    }).toThrow(RangeError);
  });
});
