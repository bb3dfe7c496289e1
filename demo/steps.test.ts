import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { StepError, Steps } from './steps.ts';

beforeEach(() => {
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
});
afterEach(() => vi.restoreAllMocks());

const steps = (signal = new AbortController().signal): Steps => new Steps(2, signal);

describe('Steps', () => {
  it('names the step that failed and keeps the reason', async () => {
    const reason = new Error('no space');
    const failed = steps().run('Build', () => Promise.reject(reason));
    await expect(failed).rejects.toThrow(StepError);
    await expect(failed).rejects.toMatchObject({ message: 'The step "Build" failed.', cause: reason });
  });
  it('undoes the latest first, all of it, once', async () => {
    const undone: string[] = [];
    const some = steps();
    some.defer('first', () => Promise.resolve(void undone.push('first')));
    some.defer('broken', () => Promise.reject(new Error('gone already')));
    some.defer('last', () => Promise.resolve(void undone.push('last')));
    await some.cleanUp();
    await some.cleanUp();
    expect(undone).toEqual(['last', 'first']);
  });
  it('ends the running step when it is interrupted', async () => {
    const controller = new AbortController();
    const endless = steps(controller.signal).run('Wait', () => new Promise(() => undefined));
    controller.abort(new Error('Ctrl-C'));
    await expect(endless).rejects.toMatchObject({ cause: new Error('Ctrl-C') });
  });
});
