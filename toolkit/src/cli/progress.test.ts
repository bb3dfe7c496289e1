import { describe, expect, it } from 'vitest';
import { createProgress } from './progress.ts';

function record(live: boolean, verbose = false): { written: string[]; progress: ReturnType<typeof createProgress> } {
  const written: string[] = [];
  const stream = { write: (text: string) => written.push(text), columns: 20 };
  return {
    written,
    progress: createProgress({ stream, live, verbose, redact: (text) => text.replace('secret', '***') }),
  };
}

describe('progress', () => {
  it('is plain lines without repetition where there is no terminal', () => {
    const { written, progress } = record(false);
    for (const text of ['one', 'one', 'two']) progress.update(text);
    progress.note('done secret');
    progress.detail('hidden');
    progress.end();
    expect(written).toEqual(['one\n', 'two\n', 'done ***\n']);
  });

  it('is one line on a terminal that is never wider than it and gone at the end', () => {
    const { written, progress } = record(true, true);
    progress.update('a text that is much wider than the terminal');
    progress.detail('shown');
    progress.end();
    const [first = '', ...rest] = written;
    expect(first.length).toBeLessThan(20);
    expect(rest).toEqual(['\r\u001b[2K', 'shown\n', first, '\r\u001b[2K']);
  });
});
