import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { appendJournal, readJournal, type JournalEntry } from './journal.ts';

const folder = mkdtempSync(join(tmpdir(), 'aim-journal-'));
const path = join(folder, 'journal.jsonl');
afterAll(() => rmSync(folder, { recursive: true }));

const entry = (number: number): JournalEntry => ({
  ...{ kind: 'repeat', at: 'now', server: 0, key: 'k€y' },
  ...{ id: `id ${number}`, file: `points/${number}.json` },
});

describe('the journal of a run', () => {
  it('cut at any byte loses at most the entry it was cut in, and goes on after it', () => {
    const whole = [1, 2, 3].map(entry);
    rmSync(path, { force: true });
    for (const each of whole) appendJournal(path, each);
    const bytes = readFileSync(path);
    expect(readJournal(path)).toEqual(whole);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: bytes.length }), (length) => {
        writeFileSync(path, bytes.subarray(0, length));
        const left = readJournal(path);
        expect(left).toEqual(whole.slice(0, left.length));
        const lines = bytes.subarray(0, length).toString().split('\n').length - 1;
        expect(left.length).toBeGreaterThanOrEqual(lines);
        appendJournal(path, entry(9));
        expect(readJournal(path)).toEqual([...left, entry(9)]);
      }),
      { numRuns: 60 },
    );
  });

  it('passes over lines that are none of its own', () => {
    writeFileSync(path, `\u0000\u0000\n[]\nnull\n{"kind":"other"}\n${JSON.stringify(entry(1))}\n{"kind":`);
    expect(readJournal(path)).toEqual([entry(1)]);
    expect(readJournal(join(folder, 'none'))).toEqual([]);
  });

  it('says when it cannot be written', () => {
    writeFileSync(join(folder, 'file'), '');
    let thrown: unknown;
    try {
      appendJournal(join(folder, 'file/journal.jsonl'), entry(1));
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code: 'disk' });
  });
});
