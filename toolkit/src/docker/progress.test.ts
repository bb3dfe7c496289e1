import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EngineEvent } from './engine.ts';
import { followStream, parseFailure, parseRecord, readRecords } from './progress.ts';

async function* chunksOf(text: string, sizes: readonly number[]): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  let at = 0;
  for (const size of sizes) {
    yield bytes.subarray(at, at + size);
    at += size;
  }
  yield bytes.subarray(at);
  await Promise.resolve();
}

/** As Docker Engine 20.10 and 28 answer a classic build. */
const BUILD = [
  { stream: 'Step 1/2 : FROM debian' },
  { stream: '\n' },
  { stream: ' ---> 879b94089a7d\n' },
  { stream: 'Step 2/2 : ADD rootfs.tar /' },
  { aux: { ID: `sha256:${'a'.repeat(64)}` } },
  { stream: 'Successfully built aaaaaaaaaaaa\n' },
];
const lines = (records: readonly unknown[]) => records.map((record) => `${JSON.stringify(record)}\r\n`).join('');
const follow = async (text: string) => {
  const events: EngineEvent[] = [];
  const id = await followStream(chunksOf(text, []), {
    onEvent: (event) => events.push(event),
    failureCode: 'environment',
  });
  return { id, events };
};

describe('engine streams', () => {
  it('give the same records wherever the chunks end', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ stream: fc.string({ unit: 'binary' }) })),
        fc.array(fc.nat(20)),
        async (records, sizes) => {
          const read: unknown[] = [];
          for await (const record of readRecords(chunksOf(lines(records), sizes))) read.push(record);
          expect(read).toEqual(JSON.parse(JSON.stringify(records)));
        },
      ),
    );
  });

  it('of a build give its steps and the id of the image', async () => {
    const { id, events } = await follow(lines(BUILD));
    expect(id).toBe(`sha256:${'a'.repeat(64)}`);
    expect(events.filter(({ kind }) => kind === 'step')).toEqual([
      { kind: 'step', index: 1, total: 2, text: 'FROM debian' },
      { kind: 'step', index: 2, total: 2, text: 'ADD rootfs.tar /' },
    ]);
  });

  it('fail with the step when a record carries an error, although the answer was a success', async () => {
    const failed = [...BUILD.slice(0, 4), { errorDetail: { message: 'no space left on device' }, error: 'x' }];
    await expect(follow(lines(failed))).rejects.toMatchObject({
      code: 'environment',
      message: 'step 2/2 (ADD rootfs.tar /) failed: no space left on device',
    });
    expect(parseFailure({ error: 'only this ' })).toBe('only this');
  });

  it('of a pull give transfers with sizes', () => {
    const record = { status: 'Downloading', progressDetail: { current: 5, total: 10 }, progress: '[>', id: 'abc' };
    expect(parseRecord(record)).toEqual({
      kind: 'transfer',
      status: 'abc: Downloading',
      currentBytes: 5,
      totalBytes: 10,
    });
    expect(parseRecord({ status: 'Pulling from x', id: 'latest' })).toEqual({
      kind: 'output',
      text: 'latest: Pulling from x',
    });
  });

  it('may hold records that say nothing', () => {
    expect([null, 1, [], {}, { stream: '\n' }, { aux: { Tag: 'x' } }].map(parseRecord)).toEqual(
      Array(6).fill(undefined),
    );
  });
});
