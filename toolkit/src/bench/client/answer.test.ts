import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Answer } from './answer.ts';
import { parseFrame } from './frame.ts';

/** A stream's frames, and the same read one by one in full. */
const text = fc.oneof(
  { weight: 4, arbitrary: fc.stringMatching(/^[ a-zö]{1,6}$/) },
  fc.constantFrom('', '\n', '"', '🙂'),
);
const piece = fc.tuple(text, fc.integer({ min: 0, max: 3 }));
const shape = fc.record({
  chat: fc.boolean(),
  counted: fc.boolean(),
  ending: fc.constantFrom('\n\n', '\r\n\r\n', '\n: ping\n\n'),
  broken: fc.constantFrom('', '', '{"choices":[', '{"error":{"message":"gone"}}'),
  last: fc.constantFrom('stop', 'length', undefined),
  done: fc.boolean(),
});

type Shape = typeof shape extends fc.Arbitrary<infer T> ? T : never;

function renderPayloads(pieces: readonly (readonly [string, number])[], { chat, counted, broken, last, done }: Shape) {
  let tokens = 0;
  const usage = () => counted && { usage: { prompt_tokens: 4, total_tokens: 4 + tokens, completion_tokens: tokens } };
  const payloads = pieces.map(([content, more], index) => {
    tokens += more;
    const finish_reason = index === pieces.length - 1 ? (last ?? null) : null;
    const choice = chat ? { index: 0, delta: { content } } : { index: 0, text: content };
    return JSON.stringify({ id: 'x', choices: [{ ...choice, finish_reason }], ...usage() });
  });
  if (chat) payloads.unshift(JSON.stringify({ choices: [{ delta: { role: 'assistant', content: '' } }] }));
  payloads.push(JSON.stringify({ choices: [], usage: { prompt_tokens: 4, completion_tokens: tokens } }));
  if (broken !== '') payloads.splice(Math.floor(payloads.length / 2), 0, broken);
  return done ? [...payloads, '[DONE]'] : payloads;
}

/** What an answer with these payloads has to say. */
function readInFull(payloads: readonly string[]) {
  const seen = {
    events: 0,
    tokens: [] as number[],
    text: '',
    usage: undefined as unknown,
    errorFrame: undefined as unknown,
  };
  let [malformed, done, counted] = [false, false, 0];
  let finishReason: string | undefined;
  for (const payload of payloads) {
    if (payload === '[DONE]') done = true;
    if (malformed || payload === '[DONE]') continue;
    try {
      const frame = parseFrame(payload);
      seen.errorFrame ??= frame.error;
      seen.usage = frame.usage ?? seen.usage;
      finishReason = frame.finishReason ?? finishReason;
      if (!frame.hasChoices) continue;
      const running = frame.usage?.outputTokens;
      seen.tokens.push(running === undefined ? 0 : running - counted);
      counted = running ?? counted;
      seen.events++;
      seen.text += frame.text;
    } catch {
      malformed = true;
    }
  }
  return { ...seen, malformed, done, finishReason };
}

/** The same by an answer to which the bytes come in pieces, all in one buffer that is used again. */
function readByAnswer(bytes: Buffer, places: readonly number[]) {
  const answer = new Answer(4, true);
  answer.start(200);
  const ends = [...places.map((place) => place % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  const shared = Buffer.alloc(bytes.length);
  ends.forEach((end, index) => {
    const part = bytes.subarray(ends[index - 1] ?? 0, end);
    shared.fill('?');
    part.copy(shared);
    answer.push(shared.subarray(0, part.length), index);
  });
  shared.fill('?');
  answer.finish();
  const [times, tokens] = [new Float64Array(answer.events), new Uint32Array(answer.events)];
  answer.copyEvents(times, tokens, 0);
  const { done, finishReason, errorFrame, malformed, events } = answer.describe(undefined);
  const said = { events, tokens: [...tokens], text: answer.text, usage: answer.usage, errorFrame };
  return { ...said, malformed: malformed !== undefined, done, finishReason };
}

describe('Answer', () => {
  it('says the same of a stream as reading every frame in full, wherever its bytes are cut', () => {
    const cuts = fc.array(fc.nat(), { maxLength: 12 });
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), shape, cuts, (pieces, form, places) => {
        const payloads = renderPayloads(pieces, form);
        const bytes = Buffer.from(payloads.map((payload) => `data: ${payload}${form.ending}`).join(''));
        expect(readByAnswer(bytes, places)).toEqual(readInFull(payloads));
      }),
      { numRuns: 1500 },
    );
  });
});
