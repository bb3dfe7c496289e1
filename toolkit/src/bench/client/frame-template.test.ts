import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameTemplate } from './frame-template.ts';
import { parseFrame } from './frame.ts';

const learn = (value: unknown) => {
  const payload = typeof value === 'string' ? value : JSON.stringify(value);
  return FrameTemplate.learn(payload, parseFrame(payload));
};
const bytesOf = (payload: string) => Buffer.from(`data: ${payload}\n\n`);

/** What the template read, in the form of the full parse; undefined when it left the frame to that. */
function readBy(template: FrameTemplate, bytes: Buffer, from = 0) {
  const next = template.match(bytes, from);
  if (next < 0) return undefined;
  expect(next).toBe(bytes.length);
  const { hasContent, usage, counts, running } = template;
  const newUsage = counts ? { ...usage, outputTokens: running } : usage;
  const rest = { hasChoices: true, finishReason: undefined, error: undefined };
  return { hasContent, text: template.decodeText(bytes), usage: newUsage, ...rest };
}

const text = fc.oneof(
  { weight: 3, arbitrary: fc.stringMatching(/^[ a-z]{1,8}$/) },
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', '"', '\\', '\n', '🙂', '\ud800', '","usage":{"completion_tokens":9}', 'data: x\n\n', '\u007f'),
);
const count = fc.oneof(fc.nat(300), fc.constantFrom(0, 1e15, 1e16, 1e21, -1, 1.5, null, '7'));
const choice = fc.oneof(
  fc.record({ text, finish_reason: fc.constantFrom(null, 'stop') }, { requiredKeys: ['text'] }),
  fc.record({ delta: fc.record({ content: text }) }),
  fc.record({ delta: fc.record({ role: fc.constant('assistant'), content: text }) }),
  fc.record({ delta: fc.record({ content: text, reasoning: text, reasoning_content: text }, { requiredKeys: [] }) }),
  fc.record({ delta: fc.record({ content: text, tool_calls: fc.constantFrom([], [{ index: 0 }]) }) }),
  fc.record({ text, token_ids: fc.array(fc.nat(9), { maxLength: 1 }) }),
);
const usage = fc.record(
  {
    prompt_tokens: fc.constantFrom(7, 8),
    total_tokens: count,
    completion_tokens: count,
    prompt_tokens_details: fc.constantFrom(null, { cached_tokens: 3 }, { completion_tokens: 4 }),
  },
  { requiredKeys: [] },
);
const frame = fc.record(
  {
    usage: fc.option(usage),
    id: fc.constantFrom('cmpl-1', 'cmpl-2'),
    choices: fc.array(choice, { maxLength: 2 }),
    error: fc.constantFrom(null, { message: 'x' }),
    late: usage,
  },
  { requiredKeys: ['choices'] },
);

/** The frame with other texts and counts. */
function change(value: unknown, newText: string, tokens: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, old: unknown) => {
      if (['text', 'content'].includes(key)) return newText;
      return ['completion_tokens', 'total_tokens'].includes(key) ? tokens : old;
    }),
  );
}

/** Frames of one stream: any ones, or the first again with texts and counts of their own. */
const stream: fc.Arbitrary<readonly unknown[]> = fc.oneof(
  fc.array(frame, { minLength: 1, maxLength: 6 }),
  fc
    .tuple(frame, fc.array(fc.tuple(text, count), { maxLength: 6 }))
    .map(([first, rest]) => [first, ...rest.map(([newText, tokens]) => change(first, newText, tokens))]),
);

describe('FrameTemplate', () => {
  it('reads what the full parse reads, or nothing', () => {
    let read = 0;
    fc.assert(
      fc.property(stream, fc.constantFrom('', '\\u0041', '\\x', '"', ' '), (frames, spoil) => {
        const payloads = frames.map((each) => JSON.stringify(each));
        for (const learned of payloads) {
          const template = learn(learned);
          if (template === undefined) continue;
          for (const payload of payloads) {
            const bytes = bytesOf(payload);
            const seen = readBy(template, bytes);
            if (seen !== undefined) expect(seen).toEqual(parseFrame(bytes.toString('utf8', 6, bytes.length - 2)));
            read += seen === undefined ? 0 : 1;
            // Bytes that some fault has put in.
            const at = Math.floor(payload.length / 2);
            const spoilt = bytesOf(payload.slice(0, at) + spoil + payload.slice(at));
            const wrong = readBy(template, spoilt);
            if (wrong !== undefined) expect(wrong).toEqual(parseFrame(spoilt.toString('utf8', 6, spoilt.length - 2)));
          }
        }
      }),
      { numRuns: 1500 },
    );
    // It is not by leaving everything that it is right.
    expect(read).toBeGreaterThan(50);
  });

  const completion = (text: string, tokens: number, more = {}) => ({
    id: 'cmpl-1',
    choices: [{ index: 0, text, finish_reason: null, ...more }],
    usage: { prompt_tokens: 4, total_tokens: 4 + tokens, completion_tokens: tokens },
  });

  it('reads the frames of a usual stream', () => {
    const template = learn(completion(' a', 1))!;
    const read = readBy(template, bytesOf(JSON.stringify(completion(' größer', 123))));
    expect(read).toMatchObject({ text: ' größer', usage: { promptTokens: 4, outputTokens: 123 } });
  });

  it.each([
    ['the last frame', completion('b', 2, { finish_reason: 'stop' })],
    [
      'another prompt count',
      { ...completion('b', 2), usage: { prompt_tokens: 5, total_tokens: 7, completion_tokens: 2 } },
    ],
    ['an error', { ...completion('b', 2), error: { message: 'x' } }],
    ['escapes', completion('\n', 2)],
    ['a frame without choices', { ...completion('b', 2), choices: [] }],
  ])('leaves %s to the full parse', (_, value) => {
    expect(readBy(learn(completion(' a', 1))!, bytesOf(JSON.stringify(value)))).toBeUndefined();
  });

  it('takes no frame that is cut anywhere', () => {
    const template = learn(completion(' a', 1))!;
    const bytes = bytesOf(JSON.stringify(completion(' b', 2)));
    for (let length = 0; length < bytes.length; length++) expect(template.match(bytes.subarray(0, length), 0)).toBe(-1);
    expect(template.match(Buffer.concat([bytes, bytes]), bytes.length)).toBe(2 * bytes.length);
  });

  it('learns nothing from frames that say more than a text', () => {
    expect(learn(completion('', 1))).toBeUndefined();
    expect(learn(completion('a', 1, { finish_reason: 'stop' }))).toBeUndefined();
    expect(learn({ choices: [{ text: 'a' }, { text: 'b' }] })).toBeUndefined();
    expect(learn({ choices: [{ text: 'a' }], error: 'x' })).toBeUndefined();
  });
});
