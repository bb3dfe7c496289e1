import { describe, expect, it } from 'vitest';
import { createFakeDocker, endpointFacts } from '../../test/lib/fake-containers.ts';
import { failure } from '../exit-codes.ts';
import { renderSettled, settleAll, settledStatus } from './settle-endpoints.ts';

const docker = createFakeDocker();
const [one, two] = ['one', 'two'].map((name) => docker.put(name, endpointFacts()));
const { signal } = new AbortController();
const hint = 'Start it.';
const refuse = ({ name }: { readonly name: string }) =>
  name === 'one'
    ? Promise.resolve(name)
    : Promise.reject(failure('remote', { message: 'it does not answer', details: ['last line'], hint }));

describe('settleAll', () => {
  it('tells what became of each, and of which endpoint a failure is', async () => {
    const settled = await settleAll([two!, one!], signal, refuse);
    expect(settled).toEqual({
      done: ['one'],
      failed: [
        {
          ...{ name: 'two', model: 'acme/Tiny' },
          error: { code: 'remote', message: 'two: it does not answer', hint, details: ['last line'] },
        },
      ],
    });
    expect(settledStatus(settled.failed)).toBe(5);
    expect(renderSettled(settled, () => 'one is done')).toBe('one is done\ntwo: it does not answer. Start it.');
  });

  it('throws the failure of the only one', async () => {
    await expect(settleAll([two!], signal, refuse)).rejects.toMatchObject({
      ...{ code: 'remote', message: 'two: it does not answer', details: ['last line'], hint },
    });
  });

  it('calls what an interrupt ended interrupted, however it ended', async () => {
    const controller = new AbortController();
    controller.abort(failure('interrupted', { message: 'interrupted' }));
    const act = ({ name }: { readonly name: string }) =>
      name === 'one' ? Promise.resolve(name) : Promise.reject(new Error('The operation was aborted'));
    const { done, failed } = await settleAll([one!, two!], controller.signal, act);
    expect(done).toEqual(['one']);
    expect(failed).toMatchObject([{ error: { code: 'interrupted' } }]);
    expect(settledStatus(failed)).toBe(130);
    await expect(settleAll([two!], controller.signal, act)).rejects.toBe(controller.signal.reason);
  });

  it('has nothing to say against none', async () => {
    const settled = await settleAll([], signal, refuse);
    expect(settledStatus(settled.failed)).toBe(0);
    expect(renderSettled(settled, () => 'there are none')).toBe('there are none');
  });
});
