import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RequestRecord } from '../record.ts';
import { parseRecords } from './collect.ts';
import { QUESTIONS } from './questions.ts';
import {
  digestQuestions,
  parseFinalNumber,
  requireSameModel,
  scoreAnswers,
  sharePrefix,
  type Answers,
} from './score.ts';

const THRESHOLDS = { leastCorrect: 0.8, leastAgreement: 0.9, leastPrefix: 0.3 };
const IDENTITY = {
  ...{ image: null, imageDigest: null, engine: null, engineVersion: null, model: 'm' },
  ...{ backends: {}, gpu: null, gpuCount: null, driver: null },
};

const right = (at: number) => `First we count, then we add.\nAnswer: ${QUESTIONS[at]!.answer}`;

function answers(textOf: (at: number) => string | null): Answers {
  return {
    ...{ schemaVersion: 1, questions: digestQuestions(), profile: null, profileFileDigest: null },
    ...{ identity: IDENTITY, takenAt: '2026-01-02T03:04:05Z' },
    answers: QUESTIONS.map(({ id }, at) => {
      const text = textOf(at);
      return { id, text, outcome: text === null ? 'timeout' : 'ok' };
    }),
  };
}

describe('parseFinalNumber', () => {
  it.each([
    ['Answer: 42', 42],
    ['We have 3 and 4.\n**Answer:** 7', 7],
    ['12 + 30 = 42\nAnswer: $1,482.', 1482],
    ['Answer: 31.5 litres for 450 km', 31.5],
    ['It is -5', -5],
    ['Answer: −5', -5],
    ['The answer is 15.', 15],
    ['Answer: 5\nNo. Answer: 6', 6],
    ['!!!!!!!!!!!!', undefined],
    ['', undefined],
    ['Answer: ', undefined],
  ])('%j is %s', (text, value) => {
    expect(parseFinalNumber(text)).toBe(value);
  });

  it('finds every number behind the mark, and never fails', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer(), (noise, value) => {
        expect(parseFinalNumber(`${noise}\nAnswer: ${value}`)).toBe(value);
        parseFinalNumber(noise);
      }),
    );
  });
});

describe('sharePrefix', () => {
  it('counts words and signs before the first that differs', () => {
    expect(sharePrefix('one two three four', 'one two 3 four')).toBe(0.5);
    expect(sharePrefix('one', 'one two')).toBe(0.5);
    expect(sharePrefix('a  b.', 'a b.')).toBe(1);
    expect(sharePrefix(null, 'a')).toBe(0);
  });
});

describe('the gate', () => {
  const reference = answers(right);

  it('passes a server that answers rightly, also where its words part late', () => {
    expect(scoreAnswers(answers(right), undefined, THRESHOLDS)).toMatchObject({ passed: true, correct: 1 });
    const other = answers((at) => right(at).replace('add', 'sum up'));
    const found = scoreAnswers(other, reference, THRESHOLDS);
    expect(found).toMatchObject({ passed: true, reference: { agreement: 1 } });
    expect(found.reference!.prefix).toBeGreaterThan(0.4);
    expect(found.reference!.prefix).toBeLessThan(0.7);
  });

  it.each<[string, (at: number) => string | null]>([
    ['one sign for ever', () => '!'.repeat(500)],
    ['fluent text without sense', (at) => `the of and to in ${at} is that`],
    ['nothing', () => ''],
    ['no answer in time', () => null],
    ['the same number', () => 'Answer: 42'],
    ["the next question's answer", (at) => right((at + 1) % QUESTIONS.length)],
  ])('stops a fast server that answers with %s', (_, textOf) => {
    expect(scoreAnswers(answers(textOf), undefined, THRESHOLDS).passed).toBe(false);
    expect(scoreAnswers(answers(textOf), reference, { ...THRESHOLDS, leastCorrect: 0 }).passed).toBe(false);
  });

  it('does not believe a reference that is wrong itself', () => {
    const garbage = answers(() => '!!!');
    const { passed, reasons } = scoreAnswers(garbage, garbage, THRESHOLDS);
    expect(passed).toBe(false);
    expect(reasons.join()).toContain('of the reference right are 0 %');
  });

  it('compares answers of one model only', () => {
    const other = { ...reference, identity: { ...IDENTITY, model: 'x' } };
    expect(() => requireSameModel(reference, other)).toThrow(expect.objectContaining({ code: 'usage' }));
  });

  it('knows fifty questions with different ids', () => {
    expect(new Set(QUESTIONS.map(({ id }) => id)).size).toBe(50);
    expect(new Set(QUESTIONS.map(({ text }) => text)).size).toBe(50);
  });
});

it('a failed request gives no answer, whatever came of it', () => {
  const record = (index: number, outcome: RequestRecord['outcome']): RequestRecord => ({
    ...{ index, phase: 'measured', intendedMs: 0, sentMs: 0, endMs: 1, eventTimesMs: [] },
    ...{ outcome, text: 'Answer: 1' },
  });
  const [first, second, third] = parseRecords([record(1, 'error_frame'), record(0, 'ok')]);
  expect([first, second, third]).toEqual([
    { id: 'q01', text: 'Answer: 1', outcome: 'ok' },
    { id: 'q02', text: null, outcome: 'error_frame' },
    { id: 'q03', text: null, outcome: 'missing' },
  ]);
});
