import { readFileSync } from 'node:fs';
import { messageOf } from 'aim-runtime/system';
import { failure } from '../../exit-codes.ts';
import { readTraceTimes } from '../load/file-dataset.ts';

/**
 * Times at which the requests of a trace were recorded, milliseconds, ascending.
 * @throws AimError usage when the file cannot be read, or does not record the time of every request
 */
export function loadTraceTimes(path: string): readonly number[] {
  let times: readonly number[] | undefined;
  try {
    times = readTraceTimes(readFileSync(path, 'utf8'));
  } catch (error) {
    throw refused(`cannot replay ${path}: ${messageOf(error)}`, error);
  }
  if (times === undefined || times.length === 0) throw refused(`${path} does not record a time for every request`);
  return times;
}

function refused(message: string, cause?: unknown): Error {
  const hint = 'Give --dataset jsonl:FILE whose lines all have a timestamp, or leave --trace-speed out.';
  return failure('usage', { message, hint, cause });
}
