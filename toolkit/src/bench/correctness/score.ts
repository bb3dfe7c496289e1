import { createHash } from 'node:crypto';
import { failure } from '../../exit-codes.ts';
import type { ServerIdentity } from '../host.ts';
import type { RequestOutcome } from '../record.ts';
import { QUESTIONS, renderPrompt, type Question } from './questions.ts';

/** One server's greedy answers to the questions. */
export interface Answers {
  readonly schemaVersion: 1;
  /** Digest of the questions: answers to others are not compared. */
  readonly questions: string;
  readonly profile: string | null;
  /** SHA-256 of the profile's file. */
  readonly profileFileDigest: string | null;
  readonly identity: ServerIdentity;
  readonly takenAt: string;
  readonly answers: readonly Answer[];
}

/** `text` is null where no answer came. */
export interface Answer {
  readonly id: string;
  readonly text: string | null;
  readonly outcome: RequestOutcome | 'missing';
}

/** Shares from 0 to 1. */
export interface GateThresholds {
  /** Right answers of the server, and of the reference it is compared with. */
  readonly leastCorrect: number;
  /** Questions whose final answer is the reference's. */
  readonly leastAgreement: number;
  /** Mean share of an answer that begins as the reference's does. */
  readonly leastPrefix: number;
}

/** What a gate found. Shares from 0 to 1. */
export interface GateResult {
  readonly passed: boolean;
  /** Why it did not pass. */
  readonly reasons: readonly string[];
  readonly questions: number;
  readonly answered: number;
  readonly correct: number;
  readonly reference: {
    readonly correct: number;
    readonly agreement: number;
    readonly prefix: number;
  } | null;
  readonly thresholds: GateThresholds;
}

/** Digest of a set of questions as they are asked. */
export function digestQuestions(questions: readonly Question[] = QUESTIONS): string {
  const text = JSON.stringify(questions.map((question) => [question.id, renderPrompt(question), question.answer]));
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

/**
 * Judges answers by the known results and, where there is one, by a reference: the same model served in a way that is
 * trusted. Its answers begin alike (rounding makes greedy answers part later on) and end in the same number.
 */
export function scoreAnswers(given: Answers, reference: Answers | undefined, thresholds: GateThresholds): GateResult {
  return judgeShares(
    {
      questions: QUESTIONS.length,
      answered: given.answers.filter(({ text }) => text !== null).length,
      correct: shareCorrect(given),
      reference: reference === undefined ? null : compareAnswers(given, reference),
    },
    thresholds,
  );
}

/** The gate that shares lead to: for new answers, or once more for those of an earlier gate. */
export function judgeShares(
  { questions, answered, correct, reference }: Pick<GateResult, 'questions' | 'answered' | 'correct' | 'reference'>,
  thresholds: GateThresholds,
): GateResult {
  const below = (what: string, share: number, least: number) =>
    share >= least ? [] : [`${what} ${percent(share)}, ${percent(least)} are required`];
  const reasons = [
    ...(answered === questions ? [] : [`${questions - answered} questions were not answered`]),
    ...below('right are', correct, thresholds.leastCorrect),
    ...(reference === null
      ? []
      : [
          ...below('of the reference right are', reference.correct, thresholds.leastCorrect),
          ...below('ending as the reference are', reference.agreement, thresholds.leastAgreement),
          ...below('beginning as the reference is', reference.prefix, thresholds.leastPrefix),
        ]),
  ];
  return { passed: reasons.length === 0, reasons, questions, answered, correct, reference, thresholds };
}

/** Answers of another model say nothing. @throws AimError usage */
export function requireSameModel(given: Answers, reference: Answers): void {
  const [model, other] = [given.identity.model, reference.identity.model];
  if (model === other) return;
  throw failure('usage', {
    message: `the reference answers are of ${other ?? 'an unknown model'}, not of ${model ?? 'an unknown one'}`,
    hint: 'Take the reference from the same model, served in a way that is trusted.',
  });
}

function compareAnswers(given: Answers, reference: Answers): NonNullable<GateResult['reference']> {
  const texts = textsOf(given);
  const expected = textsOf(reference);
  const pairs = QUESTIONS.map(({ id }) => [texts.get(id) ?? null, expected.get(id) ?? null] as const);
  return {
    correct: shareCorrect(reference),
    agreement: mean(pairs.map(([text, other]) => Number(endsAlike(text, other)))),
    prefix: mean(pairs.map(([text, other]) => sharePrefix(text, other))),
  };
}

/** Two answers without a number end alike only when they are the same text. */
function endsAlike(text: string | null, other: string | null): boolean {
  if (text === null || other === null) return false;
  const [first, second] = [parseFinalNumber(text), parseFinalNumber(other)];
  return first === undefined || second === undefined ? text.trim() === other.trim() : first === second;
}

function shareCorrect(given: Answers): number {
  const texts = textsOf(given);
  return mean(QUESTIONS.map(({ id, answer }) => Number(parseFinalNumber(texts.get(id) ?? '') === answer)));
}

function textsOf({ answers }: Answers): ReadonlyMap<string, string | null> {
  return new Map(answers.map(({ id, text }) => [id, text]));
}

const NUMBER = /[-−]?\d[\d,]*(?:\.\d+)?/g;

/** The number an answer ends with: the one after the last "Answer:", else the last of all. */
export function parseFinalNumber(text: string): number | undefined {
  const marked = /answer\s*:?\**\s*:?\s*\$?\s*([^]*)$/i.exec(
    text.slice(Math.max(0, text.toLowerCase().lastIndexOf('answer'))),
  );
  const [after] = marked?.[1]?.match(NUMBER) ?? [];
  const word = after ?? text.match(NUMBER)?.at(-1);
  if (word === undefined) return undefined;
  const value = Number(word.replaceAll(',', '').replace('−', '-'));
  return Number.isFinite(value) ? value : undefined;
}

/** Share of the longer text's words and signs, before the first that differs. */
export function sharePrefix(text: string | null, other: string | null): number {
  if (text === null || other === null) return 0;
  const [first, second] = [splitWords(text), splitWords(other)];
  const longest = Math.max(first.length, second.length);
  if (longest === 0) return 1;
  const same = first.findIndex((word, at) => word !== second[at]);
  return (same < 0 ? first.length : same) / longest;
}

function splitWords(text: string): readonly string[] {
  return text.match(/\p{L}+|\d+|[^\s\p{L}\d]/gu) ?? [];
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}
