import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDelta, readEvents } from './sse.ts';

/** The bytes in pieces that end at the given places. */
async function* inPieces(bytes: Uint8Array, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  const ends = [...cuts.map((cut) => cut % bytes.length), bytes.length].sort((a, b) => a - b);
  let start = 0;
  for (const end of ends) {
    yield await Promise.resolve(bytes.subarray(start, end));
    start = end;
  }
}

describe('readEvents', () => {
  it('gives the same events wherever the network cuts the stream', async () => {
    const bytes = new TextEncoder().encode('data: {"a":"é"}\n\n: note\n\ndata: {"b":"€"}\n\ndata: [DONE]\n\n');
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(), { maxLength: 8 }), async (cuts) => {
        const events: string[] = [];
        for await (const event of readEvents(inPieces(bytes, cuts))) events.push(event);
        expect(events).toEqual(['{"a":"é"}', '{"b":"€"}']);
      }),
    );
  });
});

describe('parseDelta', () => {
  it('reads text, and the usage of the last chunk', () => {
    expect(parseDelta('{"choices":[{"delta":{"role":"assistant","content":""}}]}')).toEqual({ text: '' });
    expect(parseDelta('{"choices":[{"delta":{"content":"a"}}],"usage":null}')).toEqual({ text: 'a' });
    expect(parseDelta('{"choices":[],"usage":{"completion_tokens":7}}')).toEqual({ text: '', completionTokens: 7 });
  });
});
