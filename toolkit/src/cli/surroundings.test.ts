import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { failure } from '../exit-codes.ts';
import { openQuestion } from './surroundings.ts';

/** A terminal in memory: what is written to it is what somebody types. */
function createTerminal(isTTY = true): PassThrough {
  const stream: PassThrough = Object.assign(new PassThrough(), { isTTY, setRawMode: () => stream, columns: 80 });
  return stream;
}

function openOn(stdin: PassThrough, signal = new AbortController().signal) {
  const streams = { stdin, stderr: createTerminal() } as unknown as Pick<NodeJS.Process, 'stdin' | 'stderr'>;
  return openQuestion(streams, signal);
}

function openTerminal(signal?: AbortSignal) {
  const stdin = createTerminal();
  return { type: (keys: string) => stdin.push(keys), ask: openOn(stdin, signal) };
}

it('gives the answer that is typed', async () => {
  const { ask, type } = openTerminal();
  const answer = ask?.('Do this? [y/N] ');
  type('yes\r');
  expect(await answer).toBe('yes');
});

it.each([
  ['Ctrl-C', '\u0003'],
  ['Ctrl-D', '\u0004'],
])('takes %s as the end of the command', async (_, keys) => {
  const { ask, type } = openTerminal();
  const answer = ask?.('Do this? [y/N] ');
  type(keys);
  await expect(answer).rejects.toMatchObject({ code: 'interrupted', message: 'nothing was changed' });
});

it('ends with the reason of a signal', async () => {
  const controller = new AbortController();
  const { ask } = openTerminal(controller.signal);
  const answer = ask?.('Do this? [y/N] ');
  const reason = failure('interrupted', { message: 'interrupted' });
  controller.abort(reason);
  await expect(answer).rejects.toBe(reason);
});

it('asks nobody where there is no terminal', () => {
  expect(openOn(createTerminal(false))).toBeUndefined();
});
