import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderBody } from './body.ts';

const parse = (bytes: Uint8Array) => JSON.parse(Buffer.from(bytes).toString('utf8')) as Record<string, unknown>;

describe('renderBody', () => {
  it('writes token ids as JSON would', () => {
    fc.assert(
      fc.property(fc.uint32Array({ minLength: 1, maxLength: 50 }), (tokens) => {
        const body = renderBody('completions', 'm', { prompt: { kind: 'tokens', tokens }, outputTokens: 1 });
        expect(parse(body)['prompt']).toEqual([...tokens]);
      }),
    );
  });

  it('writes any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (text, model) => {
        const turn = { prompt: { kind: 'text', text } as const };
        expect(parse(renderBody('completions', model, turn))).toMatchObject({ model, prompt: text.toWellFormed() });
        expect(parse(renderBody('chat', model, turn))).toMatchObject({
          messages: [{ role: 'user', content: text.toWellFormed() }],
        });
      }),
    );
  });

  it('asks for an exact length only where one is known', () => {
    const prompt = { kind: 'text', text: 'x' } as const;
    expect(parse(renderBody('chat', 'm', { prompt, outputTokens: 5 }))).toMatchObject({
      max_tokens: 5,
      max_completion_tokens: 5,
      min_tokens: 5,
      ignore_eos: true,
    });
    const free = parse(renderBody('chat', 'm', { prompt }));
    expect(Object.keys(free)).toEqual(['messages', 'model', 'temperature', 'stream', 'stream_options']);
  });
});
