import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { estimateTime } from './estimate.ts';
import { planRun, type Workload } from './plan.ts';

const folder = mkdtempSync(join(tmpdir(), 'aim-estimate-'));
afterAll(() => rmSync(folder, { recursive: true }));

const MINUTE_MS = 60_000;
const path = join(folder, 'trace.jsonl');
// Ten minutes, one request in each, the last one first.
const times = Array.from({ length: 11 }, (_, at) => (10 - at) * MINUTE_MS);
writeFileSync(path, times.map((timestamp) => JSON.stringify({ timestamp, input_length: 8 })).join('\n'));

function estimateTrace(file: string, parts: Partial<Workload> = {}, speed = 1): number {
  const workload: Workload = {
    ...{ endpoint: 'completions', datasets: [{ kind: 'jsonl', path: file, outputLength: 26 }] },
    ...{ loads: [{ kind: 'trace', speed }], requests: undefined, durationMs: undefined, warmupRequests: 0 },
    ...{ seed: 1, requestTimeoutMs: 1000, serviceLevel: undefined, repeats: { least: 1, most: 3 } },
    ...parts,
  };
  const plan = planRun([{ profile: null, file: undefined, digest: undefined }], workload);
  const { leastMs, mostMs } = estimateTime(plan, 0);
  expect(mostMs).toBe(3 * leastMs);
  return leastMs;
}

describe('the time that a trace takes', () => {
  // 3 s around a point, half a second to the first token and 20 ms for each of 26.
  const AROUND_MS = 3000 + 500 + 26 * 20;

  it('is as long as it records, by its speed', () => {
    expect(estimateTrace(path)).toBe(10 * MINUTE_MS + AROUND_MS);
    expect(estimateTrace(path, {}, 2)).toBe(5 * MINUTE_MS + AROUND_MS);
  });

  it('ends with the requests or the time that are asked for', () => {
    expect(estimateTrace(path, { requests: 3 })).toBe(2 * MINUTE_MS + AROUND_MS);
    expect(estimateTrace(path, { requests: 99 })).toBe(10 * MINUTE_MS + AROUND_MS);
    expect(estimateTrace(path, { durationMs: 4 * MINUTE_MS })).toBe(4 * MINUTE_MS + 3000);
  });

  it('is not known of a file that cannot be replayed', () => {
    const write = (name: string, text: string) => {
      const file = join(folder, name);
      writeFileSync(file, text);
      return file;
    };
    const usage = (message: RegExp) =>
      expect.objectContaining({ code: 'usage', message: expect.stringMatching(message) as string }) as Error;
    const timeless = write('timeless.jsonl', '{"timestamp":1,"prompt":"a"}\n{"prompt":"b"}');
    expect(() => estimateTrace(timeless)).toThrow(usage(/does not record a time for every request/));
    expect(() => estimateTrace(write('empty.jsonl', '\n'))).toThrow(usage(/does not record/));
    expect(() => estimateTrace(write('broken.jsonl', '{'))).toThrow(usage(/line 1 is no JSON/));
    expect(() => estimateTrace(join(folder, 'none.jsonl'))).toThrow(usage(/ENOENT/));
  });
});
