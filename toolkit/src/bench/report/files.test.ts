import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { writeRun } from '../../../test/lib/bench-run.ts';
import type { BenchResult } from '../result.ts';
import { loadRecords, loadResult, loadSamples, writeResult } from './files.ts';

const scratch = mkdtempSync(join(tmpdir(), 'aimctl-bench-files-'));
afterAll(() => rmSync(scratch, { recursive: true }));

let folder: string;
let result: BenchResult;
beforeEach(() => {
  folder = mkdtempSync(join(scratch, 'run-'));
  result = writeRun(folder, [{ profile: 'p', concurrency: 2, tokens: 4, repeats: 1 }]);
});

describe('loadResult', () => {
  it('reads what was written, by the folder or the file', async () => {
    await writeResult(folder, result, new AbortController().signal);
    expect(loadResult(folder)).toEqual({ folder, result: JSON.parse(JSON.stringify(result)) as unknown });
    expect(loadResult(join(folder, 'result.json')).folder).toBe(folder);
  });

  it.each([
    ['{', /cannot read/],
    ['{}', /is no result of aimctl bench/],
    ['null', /is no result of aimctl bench/],
  ])('refuses %s', (text, message) => {
    writeFileSync(join(folder, 'result.json'), text);
    expect(() => loadResult(folder)).toThrow(message);
  });

  it('says where a result is not right', () => {
    const text = readFileSync(join(folder, 'result.json'), 'utf8').replace('"valid":true', '"valid":"yes"');
    writeFileSync(join(folder, 'result.json'), text);
    expect(() => loadResult(folder)).toThrow(
      expect.objectContaining({ details: [expect.stringContaining('/points/0/repeats/0/valid')] }),
    );
    expect(() => loadResult(join(folder, 'nowhere'))).toThrow(/there is no .*result\.json/);
  });
});

describe('details of a repeat', () => {
  it('are read line by line', async () => {
    const [repeat] = result.points[0]!.repeats;
    expect(await loadRecords(folder, repeat!.recordsFile)).toHaveLength(20);
    const samples = await loadSamples(folder, repeat!.samplesFile);
    expect(new Set(samples.map(({ type }) => type))).toEqual(new Set(['metrics', 'gpu']));
  });

  it('must be whole, but samples may be gone', async () => {
    expect(await loadSamples(folder, 'points/none.gz')).toEqual([]);
    await expect(loadRecords(folder, 'points/none.gz')).rejects.toThrow(/cannot read/);
    mkdirSync(join(folder, 'bad'));
    const packed = gzipSync('{"index":1}\n'.repeat(1000));
    writeFileSync(join(folder, 'bad/cut.gz'), packed.subarray(0, packed.length / 2));
    writeFileSync(join(folder, 'bad/text.gz'), gzipSync('{"index":1}\nnot json\n'));
    await expect(loadRecords(folder, 'bad/cut.gz')).rejects.toThrow(/cannot read .*cut\.gz/);
    await expect(loadRecords(folder, 'bad/text.gz')).rejects.toThrow(/cannot read .*text\.gz/);
  });

  it.each(['../secret.gz', '/etc/passwd', 'points/../../secret.gz', '.'])('never lie at %s', async (name) => {
    await expect(loadRecords(folder, name)).rejects.toThrow(/outside of/);
    await expect(loadSamples(folder, name)).rejects.toThrow(/outside of/);
  });
});
