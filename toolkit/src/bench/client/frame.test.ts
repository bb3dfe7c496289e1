import { describe, expect, it } from 'vitest';
import { parseFrame } from './frame.ts';

const frame = (value: unknown) => parseFrame(JSON.stringify(value));

describe('parseFrame', () => {
  it("tells a chat's role frame from its first content", () => {
    const role = frame({ choices: [{ index: 0, delta: { role: 'assistant', content: '' } }] });
    expect(role).toMatchObject({ hasChoices: true, hasContent: false });
    const content = frame({ choices: [{ index: 0, delta: { content: 'Hi' } }] });
    expect(content).toMatchObject({ hasChoices: true, hasContent: true, text: 'Hi' });
  });

  it.each([
    ['reasoning', { delta: { reasoning: 'hm' } }],
    ['reasoning by its old name', { delta: { reasoning_content: 'hm' } }],
    ['a tool call', { delta: { tool_calls: [{ index: 0, function: { arguments: '{' } }] } }],
    ['text of a completion', { text: 'a' }],
    ['token ids', { text: '', token_ids: [17] }],
  ])('takes %s for content', (_, choice) => {
    expect(frame({ choices: [{ index: 0, ...choice }] }).hasContent).toBe(true);
  });

  it.each([[{ delta: { content: null } }], [{ delta: {} }], [{ delta: null }], [{ text: '' }], [{}]])(
    'takes %j for no content',
    (choice) => {
      expect(frame({ choices: [{ index: 0, ...choice }] }).hasContent).toBe(false);
    },
  );

  it('reads usage beside choices and without them', () => {
    const usage = { prompt_tokens: 7, total_tokens: 10, completion_tokens: 3 };
    expect(frame({ choices: [{ text: 'a' }], usage }).usage).toEqual({ promptTokens: 7, outputTokens: 3 });
    const cached = { ...usage, prompt_tokens_details: { cached_tokens: 4 } };
    expect(frame({ choices: [], usage: cached })).toMatchObject({
      hasChoices: false,
      usage: { promptTokens: 7, outputTokens: 3, cachedTokens: 4 },
    });
    expect(frame({ choices: [], usage: null }).usage).toBeUndefined();
  });

  it('reads errors in every shape, and none where the field is null', () => {
    expect(frame({ error: { message: 'out of memory', code: 500 } }).error).toBe('out of memory');
    expect(frame({ error: 'gone' }).error).toBe('gone');
    expect(frame({ object: 'error', message: 'old form' }).error).toBe('old form');
    expect(frame({ error: { code: 1 } }).error).toBe('{"code":1}');
    expect(frame({ error: null, choices: [] }).error).toBeUndefined();
  });

  it('is not misled by text that looks like a frame', () => {
    const text = '","choices":[],"usage":{"completion_tokens":99},"error":{"message":"x"}';
    expect(frame({ choices: [{ text }] })).toMatchObject({
      hasChoices: true,
      text,
      usage: undefined,
      error: undefined,
    });
  });

  it.each(['{"choices":[{"text":"a"', '{"choices":[{"text":"a"}', 'null', '[]', '7', 'x', '', '{"choices":[1]}'])(
    'refuses %s',
    (payload) => {
      expect(() => parseFrame(payload)).toThrow(SyntaxError);
    },
  );
});
