import { describe, expect, it } from 'vitest';
import { createProgress, type ProgressOptions } from './progress.ts';

function record(
  form: ProgressOptions['form'],
  verbose = false,
): { written: string[]; progress: ReturnType<typeof createProgress> } {
  const written: string[] = [];
  const stream = { write: (text: string) => written.push(text), columns: 20 };
  return {
    written,
    progress: createProgress({ stream, form, verbose, redact: (text) => text.replace('secret', '***') }),
  };
}

describe('progress', () => {
  it('is plain lines without repetition where there is no terminal', () => {
    const { written, progress } = record('plain');
    for (const text of ['one', 'one', 'two']) progress.update(text);
    progress.note('done secret');
    progress.detail('hidden');
    progress.end();
    expect(written).toEqual(['one\n', 'two\n', 'done ***\n']);
  });

  it('is one line on a terminal that is never wider than it and gone at the end', () => {
    const { written, progress } = record('live', true);
    progress.update('a text that is much wider than the terminal');
    progress.detail('shown');
    progress.end();
    const [first = '', ...rest] = written;
    expect(first.length).toBeLessThan(20);
    expect(rest).toEqual(['\r\u001b[2K', 'shown\n', first, '\r\u001b[2K']);
  });

  it('is one line per task on a terminal, cleared before anything else is written', () => {
    const { written, progress } = record('live');
    progress.task('a', { phase: 'mounting', done: 1, total: 60, unit: 'layers' });
    progress.task('b', { phase: 'tagging' });
    progress.endTask('a', 'pushed');
    progress.end();
    const clearTwo = '\r\u001b[2K\u001b[1A\r\u001b[2K';
    expect(written).toEqual([
      'a: mounting 1 of 6…',
      '\r\u001b[2K',
      'a: mounting 1 of 6…\nb: tagging',
      clearTwo,
      'a: pushed\n',
      'b: tagging',
      '\r\u001b[2K',
    ]);
  });

  it('shortens names at the front, so that the state is always seen, and survives a terminal without a size', () => {
    const written: string[] = [];
    const stream = { write: (text: string) => written.push(text), columns: 0, rows: 0 };
    const progress = createProgress({ stream, form: 'live', verbose: false, redact: (text) => text });
    progress.task(`registry.example/${'n'.repeat(100)}/aim-x:1`, { phase: 'tagging' });
    expect(written[0]).toMatch(/^…n+\/aim-x:1: tagging$/);
    expect(written[0]!.length).toBeLessThan(80);
  });

  it('names each phase of a task once where there is no terminal', () => {
    const { written, progress } = record('plain');
    for (const done of [0, 1, 2]) progress.task('a', { phase: 'uploading', done, total: 2, unit: 'bytes' });
    progress.endTask('a', 'pushed secret');
    expect(written).toEqual(['a: uploading\n', 'a: pushed ***\n']);
  });

  it('is one JSON object per line for programs, a few for each phase', () => {
    const { written, progress } = record('json');
    for (let done = 0; done <= 1000; done++)
      progress.task('a', { phase: 'uploading', done, total: 1000, unit: 'bytes' });
    progress.note('a secret');
    progress.endTask('a', 'pushed');
    const events = written.map((line) => JSON.parse(line) as { event: string });
    expect(events[0]).toEqual({
      event: 'progress',
      name: 'a',
      phase: 'uploading',
      done: 0,
      total: 1000,
      unit: 'bytes',
    });
    expect(events.slice(-3)).toEqual([
      { event: 'progress', name: 'a', phase: 'uploading', done: 1000, total: 1000, unit: 'bytes' },
      { event: 'note', text: 'a ***' },
      { event: 'done', name: 'a', text: 'pushed' },
    ]);
    expect(events).toHaveLength(13);
  });
});
