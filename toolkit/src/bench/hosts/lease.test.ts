import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isAbandoned, ownLease, parseLease, renderLease, viewProcesses, type ProcessView } from './lease.ts';

const holder = fc.record({
  bootId: fc.uuid(),
  namespace: fc.nat().map(String),
  pid: fc.integer({ min: 1, max: 4_194_304 }),
  startedTicks: fc.nat().map(String),
});

describe('a lease', () => {
  it('survives being written as a label', () => {
    fc.assert(
      fc.property(holder, (lease) => {
        expect(parseLease(renderLease(lease))).toEqual(lease);
      }),
    );
  });

  it('is never read out of other texts', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const lease = parseLease(text);
        if (lease !== undefined) expect(renderLease({ ...lease, pid: lease.pid })).toMatch(/^.+\/.+\/\d+\/\d+$/);
      }),
    );
    for (const text of ['', 'a/b/c/d', 'a/b/1/2/3', 'a//1/2']) expect(parseLease(text)).toBeUndefined();
  });

  const here: ProcessView = {
    bootId: 'boot',
    namespace: '1',
    startedTicks: (pid) => (pid === 7 ? '70' : undefined),
  };
  it.each([
    { what: 'its holder lives', lease: 'boot/1/7/70', running: true, abandoned: false },
    { what: 'its holder is gone', lease: 'boot/1/8/70', running: true, abandoned: true },
    { what: 'another process has the number now', lease: 'boot/1/7/69', running: true, abandoned: true },
    { what: 'the machine was started again since', lease: 'old/1/7/70', running: false, abandoned: true },
    { what: 'its holder is of a namespace not seen from here', lease: 'boot/2/7/70', running: true, abandoned: false },
    { what: 'nobody can read it', lease: 'nonsense', running: false, abandoned: false },
  ])('is abandoned: $abandoned when $what', ({ lease, running, abandoned }) => {
    expect(isAbandoned(lease, running, here)).toBe(abandoned);
  });

  it('is told from real processes', async () => {
    const view = viewProcesses('/proc');
    const child = spawn(process.execPath, ['-e', 'process.stdin.resume()'], { stdio: ['pipe', 'ignore', 'ignore'] });
    const lease = ownLease(view, child.pid!);
    expect(isAbandoned(lease, true, view)).toBe(false);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(isAbandoned(lease, true, view)).toBe(true);
  });
});
