import { readFileSync } from 'node:fs';
import { messageOf } from 'aim-runtime/system';
import { failure } from '../../exit-codes.ts';
import { digestQuestions, type Answers } from './score.ts';

/** Reads answers that `aimctl bench check` wrote. @throws AimError usage when they are none, or to other questions */
export function loadAnswers(file: string): Answers {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw failure('usage', { message: `cannot read ${file}: ${messageOf(error)}`, cause: error });
  }
  if (!isAnswers(value)) {
    throw failure('usage', {
      message: `${file} holds no answers`,
      hint: 'Give a file that aimctl bench check --output wrote.',
    });
  }
  if (value.questions === digestQuestions()) return value;
  throw failure('usage', {
    message: `${file} holds answers to other questions`,
    hint: 'Take them again with this version of aimctl bench check.',
  });
}

function isAnswers(value: unknown): value is Answers {
  const { schemaVersion, questions, answers, identity } = (value ?? {}) as Partial<Record<keyof Answers, unknown>>;
  return (
    schemaVersion === 1 &&
    typeof questions === 'string' &&
    typeof identity === 'object' &&
    identity !== null &&
    Array.isArray(answers) &&
    answers.every(isAnswer)
  );
}

function isAnswer(value: unknown): boolean {
  const { id, text } = (value ?? {}) as { id?: unknown; text?: unknown };
  return typeof id === 'string' && (text === null || typeof text === 'string');
}
