import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DatasetSpec } from '../point.ts';
import { createTokenPromptMaker, createWordPromptMaker, DEFAULT_TOKEN_RANGE } from './prompt-maker.ts';
import type { Prompt, RequestSource } from './request.ts';
import { planSource } from './source.ts';
import { WORDS } from './words.ts';

const maker = createTokenPromptMaker(DEFAULT_TOKEN_RANGE);
const countTokens = (text: string) => text.length;

function plan(dataset: DatasetSpec, seed = 1, text = ''): RequestSource {
  return planSource({ dataset, seed }, 'measured', { maker, text, countTokens });
}

function tokensOf(prompt: Prompt | undefined): number[] {
  if (prompt?.kind !== 'tokens') throw new Error('no token ids');
  return [...prompt.tokens];
}

const firstTurn = (source: RequestSource, number: number) => source.request(number).turns[0]!;

describe('random', () => {
  const random = (rangeRatio: number): DatasetSpec => ({
    kind: 'random',
    inputLength: 64,
    outputLength: 16,
    rangeRatio,
  });

  it('has exact lengths of ids inside the range', () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(), (seed, number) => {
        const turn = firstTurn(plan(random(0), seed), number);
        const tokens = tokensOf(turn.prompt);
        expect([tokens.length, turn.inputTokens, turn.outputTokens]).toEqual([64, 64, 16]);
        expect(Math.min(...tokens)).toBeGreaterThanOrEqual(DEFAULT_TOKEN_RANGE.fromId);
        expect(Math.max(...tokens)).toBeLessThan(DEFAULT_TOKEN_RANGE.toId);
      }),
    );
  });

  it('draws lengths evenly from all of the range', () => {
    const source = plan(random(0.5));
    const turns = Array.from({ length: 4000 }, (_, number) => firstTurn(source, number));
    const lengths = turns.map(({ inputTokens }) => inputTokens!);
    expect(turns.every(({ prompt, inputTokens }) => tokensOf(prompt).length === inputTokens)).toBe(true);
    expect([Math.min(...lengths), Math.max(...lengths)]).toEqual([32, 96]);
    expect(lengths.reduce((a, b) => a + b, 0) / lengths.length).toBeCloseTo(64, -0.5);
  });

  it('never asks for nothing', () => {
    const source = plan({ kind: 'random', inputLength: 1, outputLength: 1, rangeRatio: 1 });
    for (let number = 0; number < 50; number++) {
      expect(firstTurn(source, number).inputTokens).toBeGreaterThanOrEqual(1);
      expect(firstTurn(source, number).outputTokens).toBeGreaterThanOrEqual(1);
    }
  });

  it('has no prompt twice: not in a point, not over seeds, not in the warm-up', () => {
    const prompts = new Set<string>();
    for (const phase of ['warmup', 'measured'] as const)
      for (const seed of [1, 2, 3]) {
        const source = planSource({ dataset: random(0), seed }, phase, { maker, text: '', countTokens });
        // A prefix cache shares blocks: not even the first tokens may be alike.
        for (let number = 0; number < 200; number++)
          prompts.add(tokensOf(firstTurn(source, number).prompt).slice(0, 8).join());
      }
    expect(prompts.size).toBe(2 * 3 * 200);
  });
});

describe('shared prefix', () => {
  it('begins with one of the prefixes in turn and goes on differently', () => {
    const dataset = { kind: 'shared-prefix', prefixLength: 32, prefixes: 3, inputLength: 8, outputLength: 4 } as const;
    const prompts = Array.from({ length: 9 }, (_, number) => tokensOf(firstTurn(plan(dataset), number).prompt));
    const prefixes = prompts.map((tokens) => tokens.slice(0, 32).join());
    expect(new Set(prefixes).size).toBe(3);
    expect(prefixes.slice(0, 3)).toEqual(prefixes.slice(3, 6));
    expect(new Set(prompts.map((tokens) => tokens.slice(32).join())).size).toBe(9);
    expect(prompts.every((tokens) => tokens.length === 40)).toBe(true);
  });
});

describe('multi-turn', () => {
  it('has a new message for each turn', () => {
    const dataset = { kind: 'multi-turn', turns: 3, inputLength: 5, outputLength: 4, thinkTimeMs: 0 } as const;
    const words = createWordPromptMaker(WORDS, 0);
    const source = planSource({ dataset, seed: 1 }, 'measured', { maker: words, text: '', countTokens });
    const texts = source.request(0).turns.map(({ prompt }) => (prompt.kind === 'text' ? prompt.text : ''));
    expect(source.turnsPerRequest).toBe(3);
    expect(new Set(texts).size).toBe(3);
    expect(texts.every((text) => text.split(' ').length === 5)).toBe(true);
  });
});

describe('words', () => {
  it('leave room for what the chat template adds', () => {
    const words = createWordPromptMaker(WORDS, 7);
    const random = { next: () => 0, below: () => 0 };
    const prompt = words.make([{ random, length: 20 }]);
    expect(prompt.kind === 'text' && prompt.text.split(' ')).toHaveLength(13);
  });

  it('are many, and none twice', () => {
    expect(WORDS.length).toBeGreaterThan(250);
    expect(new Set(WORDS).size).toBe(WORDS.length);
  });
});

describe('JSONL', () => {
  const file = (...entries: unknown[]) => entries.map((entry) => JSON.stringify(entry)).join('\n');
  const dataset = { kind: 'jsonl', path: 'd.jsonl' } as const;

  it('reads prompts, messages and recorded lengths', () => {
    const messages = [{ role: 'user', content: 'hi' }];
    const text = `${file({ prompt: 'Once upon', output_tokens: 9 }, { messages }, { prompt: [5, 6, 7], max_tokens: 2 })}\n\n`;
    const source = plan(dataset, 1, text);
    expect(source.count).toBe(3);
    expect(firstTurn(source, 0)).toEqual({
      prompt: { kind: 'text', text: 'Once upon' },
      inputTokens: 9,
      outputTokens: 9,
    });
    expect(firstTurn(source, 1)).toEqual({ prompt: { kind: 'messages', messages } });
    expect(firstTurn(source, 2)).toMatchObject({ inputTokens: 3, outputTokens: 2 });
  });

  it('lets an output length override the recorded ones', () => {
    const source = plan({ ...dataset, outputLength: 33 }, 1, file({ prompt: 'x', output_tokens: 9 }));
    expect(firstTurn(source, 0).outputTokens).toBe(33);
  });

  it("makes prompts of a trace's lengths that share the blocks it names", () => {
    const text = file(
      { timestamp: 0, input_length: 1100, output_length: 3, hash_ids: [1, 2, 3] },
      { timestamp: 250, input_length: 1030, output_length: 4, hash_ids: [1, 2, 9] },
    );
    const source = plan(dataset, 1, text);
    const [a, b] = [tokensOf(firstTurn(source, 0).prompt), tokensOf(firstTurn(source, 1).prompt)];
    expect([a.length, b.length]).toEqual([1100, 1030]);
    expect(a.slice(0, 1024)).toEqual(b.slice(0, 1024));
    expect(a.slice(1024, 1030)).not.toEqual(b.slice(1024));
    expect(source.timestampsMs).toEqual([0, 250]);
  });

  it('sends every request at its own time, in whatever order the file has them', () => {
    const entries = [5000, 1000, 3000, 1000].map((timestamp, at) => ({ timestamp, prompt: `${timestamp} ${at}` }));
    const source = plan(dataset, 1, file(...entries));
    const prompts = Array.from({ length: 4 }, (_, number) => firstTurn(source, number).prompt);
    expect(source.timestampsMs).toEqual([1000, 1000, 3000, 5000]);
    expect(prompts).toEqual(['1000 1', '1000 3', '3000 2', '5000 0'].map((text) => ({ kind: 'text', text })));
  });

  it('keeps the order of a file whose lines do not all have a time', () => {
    const source = plan(
      dataset,
      1,
      file({ timestamp: 9, prompt: 'a' }, { prompt: 'b' }, { timestamp: 1, prompt: 'c' }),
    );
    const prompts = Array.from({ length: 3 }, (_, number) => firstTurn(source, number).prompt);
    expect(source.timestampsMs).toBeUndefined();
    expect(prompts).toEqual(['a', 'b', 'c'].map((text) => ({ kind: 'text', text })));
  });

  it.each([
    ['{"prompt":', 'line 2 is no JSON'],
    ['[]', 'line 2 has neither'],
    ['7', 'line 2 is no JSON object'],
    ['{"a":1}', 'line 2 has neither prompt, messages nor input_length'],
    ['{"prompt":{}}', 'line 2: prompt has another form'],
    ['{"messages":["x"]}', 'line 2: messages has another form'],
    ['{"prompt":"x","output_tokens":"many"}', 'line 2: output_tokens'],
    ['{"input_length":-4}', 'line 2: input_length'],
  ])('names the line of %s', (line, message) => {
    expect(() => plan(dataset, 1, `{"prompt":"a"}\n${line}`)).toThrow(message);
  });

  it('refuses a file with nothing in it', () => {
    expect(() => plan(dataset, 1, '\n\n')).toThrow('no usable entry');
  });
});

describe('ShareGPT', () => {
  const talk = (question: string, answer: string) => ({
    conversations: [
      { from: 'human', value: question },
      { from: 'gpt', value: answer },
    ],
  });
  const dataset = { kind: 'sharegpt', path: 's.json' } as const;

  it('asks the first question, for as long an answer as was given', () => {
    const source = plan(dataset, 1, JSON.stringify([talk('Tell me a story.', 'Once upon a time.')]));
    expect(firstTurn(source, 0)).toEqual({
      prompt: { kind: 'text', text: 'Tell me a story.' },
      inputTokens: 16,
      outputTokens: 17,
    });
  });

  it('leaves out what has no question or no answer', () => {
    const broken = [
      {},
      null,
      { conversations: [] },
      talk('', 'an answer to nothing'),
      { conversations: [{ from: 'gpt', value: 'hello there' }] },
    ];
    const source = plan(dataset, 1, JSON.stringify([...broken, talk('a long question', 'a long answer')]));
    expect(source.count).toBe(1);
  });

  it('has every conversation once, in an order of the seed', () => {
    const talks = Array.from({ length: 40 }, (_, index) => talk(`question ${index}`, `answer ${index}`));
    const order = (seed: number) => {
      const source = plan(dataset, seed, JSON.stringify(talks));
      return Array.from({ length: 40 }, (_, number) => JSON.stringify(firstTurn(source, number).prompt));
    };
    expect(new Set(order(1)).size).toBe(40);
    expect(order(1)).toEqual(order(1));
    expect(order(1)).not.toEqual(order(2));
  });

  it.each(['{}', 'x', ''])('refuses %j', (text) => {
    expect(() => plan(dataset, 1, text)).toThrow(RangeError);
  });
});
