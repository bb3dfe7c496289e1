import { expect, it } from 'vitest';
import { formatBytes } from './disk.ts';
import { createProgress, renderProgress, type ProgressState } from './progress.ts';

it('counts, tells the speed of the last seconds, and reports once more at the end', () => {
  const reports: [ProgressState, boolean][] = [];
  const files: string[] = [];
  let nowMs = 0;
  const progress = createProgress({
    intervalMs: 1e6,
    now: () => nowMs,
    report: (...report) => reports.push(report),
    onFile: (path) => files.push(path),
  });
  progress.end(); // nothing was started: nothing to report
  progress.start({ files: { done: 1, total: 3 }, bytes: { done: 100, total: 1100 } });
  nowMs = 2000;
  progress.bytes(700);
  progress.bytes(-200);
  progress.file('a');
  progress.end();
  expect(reports.map(([, last]) => last)).toEqual([false, true]);
  expect(reports[1]?.[0]).toEqual({
    files: { done: 2, total: 3 },
    bytes: { done: 600, total: 1100 },
    bytesPerSecond: 250,
    remainingSeconds: 2,
  });
  expect(files).toEqual(['a']);
});

it('shows a state in one line', () => {
  const state = {
    files: { done: 1, total: 4 },
    bytes: { done: 2 ** 30, total: 2 ** 32 },
    bytesPerSecond: 2 ** 20,
    remainingSeconds: 3672,
  };
  expect(renderProgress(state, true)).toBe(
    '[######..................]  25%  1/4 files  1.00 GiB of 4.00 GiB  1.00 MiB/s  1:01:12 left',
  );
  const empty = {
    files: { done: 0, total: 0 },
    bytes: { done: 0, total: 0 },
    bytesPerSecond: 0,
    remainingSeconds: undefined,
  };
  expect(renderProgress(empty, false)).toBe('100%  0/0 files  0 B of 0 B  0 B/s');
});

it.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1536, '1.50 KiB'],
  [2 ** 50, '1024.0 TiB'],
])('%i', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});
