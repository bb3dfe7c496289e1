import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { planRun } from './plan.ts';
import { openStore } from './store.ts';

const scratch = mkdtempSync(join(tmpdir(), 'aim-bench-store-'));
afterAll(() => rmSync(scratch, { recursive: true }));
const newFolder = () => join(mkdtempSync(join(scratch, 'run-')), 'out');

const { signal } = new AbortController();
const plan = planRun([{ profile: 'a', file: undefined, digest: undefined }], {
  endpoint: 'completions',
  datasets: [{ kind: 'random', inputLength: 8, outputLength: 5, rangeRatio: 0 }],
  loads: [{ kind: 'concurrency', concurrency: 2 }],
  ...{ requests: 40, durationMs: undefined, warmupRequests: 0, serviceLevel: undefined },
  ...{ seed: 1, requestTimeoutMs: 1000, repeats: { least: 3, most: 7 } },
});
const description = { target: {}, plan };

describe('the folder of a run', () => {
  it('begins again in a folder whose run was killed while it was made', async () => {
    const folder = newFolder();
    mkdirSync(join(folder, '.lock'), { recursive: true });
    writeFileSync(join(folder, 'run.json.0123abcd.partial'), '{');
    await (await openStore(folder, description, { resume: false, signal })).close();
    expect(readdirSync(folder).toSorted()).toEqual(['.lock', 'run.json']);
  });

  it('is not resumed while it goes on, and waits for nobody who died', async () => {
    const folder = newFolder();
    const options = { resume: true, signal, timing: { beatMs: 20, staleMs: 400, pollMs: 10 } };
    const first = await openStore(folder, description, options);
    await expect(openStore(folder, description, options)).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining(`process ${process.pid}`) as string,
    });
    await first.close();
    await (await openStore(folder, description, options)).close();
    const [name = ''] = readdirSync(join(folder, '.lock'));
    const file = join(folder, '.lock', name);
    const owner = JSON.parse(readFileSync(file, 'utf8')) as object;
    writeFileSync(file, JSON.stringify({ ...owner, released: false, startTicks: '1' }));
    await (await openStore(folder, description, options)).close();
  });

  it('writes nothing more when another process took its folder over', async () => {
    const folder = newFolder();
    const timing = { beatMs: 10, staleMs: 400, pollMs: 10 };
    const options = { resume: true, signal, timing };
    const store = await openStore(folder, description, options);
    writeFileSync(join(folder, '.lock/lock.9'), '{}');
    await expect
      .poll(() => {
        try {
          store.note({ kind: 'begin', at: 'now', host: 'h' });
          return undefined;
        } catch (error) {
          return error;
        }
      })
      .toMatchObject({ code: 'disk', message: expect.stringContaining('took over') as string });
  });

  it('does not write over another run, nor into a folder of others', async () => {
    const folder = newFolder();
    await (await openStore(folder, description, { resume: false, signal })).close();
    await expect(openStore(folder, description, { resume: false, signal })).rejects.toMatchObject({ code: 'usage' });
    const other = { target: {}, plan: { ...plan, workload: { ...plan.workload, seed: 2 } } };
    await expect(openStore(folder, other, { resume: true, signal })).rejects.toMatchObject({
      code: 'usage',
      details: ['there: "seed": 1,', 'now: "seed": 2,'],
    });
    for (const resume of [false, true]) {
      await expect(openStore(scratch, description, { resume, signal })).rejects.toMatchObject({ code: 'usage' });
    }
    // Who was refused leaves it to others.
    await (await openStore(folder, description, { resume: true, signal })).close();
  });
});
