import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { aimctl, checkedJson, REPOSITORY } from '../lib/aimctl.ts';
import { writeRun } from '../lib/bench-run.ts';

const scratch = mkdtempSync(join(tmpdir(), 'aimctl-bench-cli-'));
afterAll(() => rmSync(scratch, { recursive: true }));

function makeRun(name: string, tokenMs: number): string {
  const folder = mkdtempSync(join(scratch, `${name}-`));
  writeRun(
    folder,
    [2, 4].map((concurrency) => ({ profile: 'p', concurrency, tokens: 8, requests: 60, tokenMs, cv: 0.002 })),
  );
  return folder;
}
const [before, after] = [makeRun('before', 8), makeRun('after', 9)];

describe('aimctl bench compare', () => {
  it('exits with 3 for a regression, and with 0 for the way back', () => {
    const worse = aimctl(['bench', 'compare', before, after]);
    expect(worse.status).toBe(3);
    expect(worse.stdout).toMatch(/WORSE/);
    expect(worse.stdout).toMatch(/Failed: 2 figures judged in 2 points, 2 worse/);
    const better = aimctl(['bench', 'compare', after, before, '--json']);
    expect(better.status).toBe(0);
    expect(checkedJson('bench-compare', better)).toMatchObject({ passed: true, better: 2 });
  });

  it('takes figures and a least change', () => {
    const run = aimctl(['bench', 'compare', before, after, '--least-change', '50', '--figure', 'tpotMeanMs', '--json']);
    expect(run.status).toBe(0);
    expect(checkedJson('bench-compare', run)).toMatchObject({ passed: true, worse: 0 });
  });

  it.each([
    [['nowhere', 'nowhere'], /there is no nowhere/],
    [[before, after, '--least-change', 'much'], /is no percentage: much/],
    [[before, after, '--least-change', ''], /is no percentage/],
    [[before, after, '--figure', 'speed'], /--figure/],
    [[before], /Missing 1 required arg/],
    [[before, REPOSITORY], /there is no .*result\.json/],
    [[before, join(REPOSITORY, 'package.json')], /is no result of aimctl bench/],
  ])('refuses %j', (args, message) => {
    const run = aimctl(['bench', 'compare', ...args]);
    expect(run.status).toBe(2);
    expect(run.stderr).toMatch(message);
    expect(run.stdout).toBe('');
  });
});

describe('aimctl bench report', () => {
  it('writes every format', () => {
    const output = join(scratch, 'reports');
    const formats = ['json', 'vllm', 'csv', 'markdown', 'html'].flatMap((format) => ['--format', format]);
    const run = aimctl(['bench', 'report', before, '--output', output, '--json', ...formats]);
    expect(run.stderr).toBe('');
    const { files } = checkedJson('bench-report', run) as {
      files: { format: string; path: string; sizeBytes: number }[];
    };
    const names = files.map(({ path }) => path.slice(output.length + 1));
    expect(names).toEqual([
      'result.json',
      ...[2, 4].flatMap((load) => [1, 2, 3].map((repeat) => `vllm/p-c${load}-r${repeat}.json`)),
      'report.csv',
      'report.md',
      'report.html',
    ]);
    for (const { path, sizeBytes } of files) expect(readFileSync(path).length, path).toBe(sizeBytes);
    expect(aimctl(['bench', 'compare', before, output]).status).toBe(0);
  });

  it('writes the page beside the result when nothing else is asked for', () => {
    const run = aimctl(['bench', 'report', after]);
    expect(run.status).toBe(0);
    expect(existsSync(join(after, 'report.html'))).toBe(true);
  });

  it.each([
    [[scratch], 2, /there is no/],
    [[before, '--format', 'pdf'], 2, /pdf/],
    [[before, '--output', join(before, 'result.json')], 5, /cannot write/],
  ])('refuses %j', (args, status, message) => {
    const run = aimctl(['bench', 'report', ...args]);
    expect(run.status).toBe(status);
    expect(run.stderr).toMatch(message);
  });
});

describe('aimctl bench view', () => {
  it('serves the page until it is interrupted', async () => {
    const child = spawn(process.execPath, [
      join(REPOSITORY, 'toolkit/bin/aimctl.js'),
      'bench',
      'view',
      before,
      '--json',
    ]);
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    const announced = new Promise<string>((resolve) => {
      child.stderr.on('data', (chunk: Buffer) => {
        stderr += chunk.toString();
        const url = /http:\/\/127\.0\.0\.1:\d+\//.exec(stderr)?.[0];
        if (url !== undefined) resolve(url);
      });
    });
    const url = await announced;
    const page = await fetch(url);
    expect(page.headers.get('content-type')).toMatch(/^text\/html/);
    expect(await page.text()).toContain('<h1>Benchmark</h1>');
    child.kill('SIGINT');
    const [status] = (await once(child, 'close')) as [number];
    expect(status).toBe(0);
    expect(checkedJson('bench-view', { status, stdout, stderr })).toMatchObject({ url, points: 2 });
  });

  it('answers a browser that xdg-open keeps in the foreground, and says when there is none', async () => {
    const bin = join(scratch, 'bin');
    const seen = join(scratch, 'seen.html');
    mkdirSync(bin);
    const script = `#!${process.execPath}\nimport('node:fs').then(async ({ renameSync, writeFileSync }) => {
      writeFileSync('${seen}.part', await (await fetch(process.argv[2])).text());
      renameSync('${seen}.part', '${seen}');
    });\n`;
    writeFileSync(join(bin, 'xdg-open'), script, { mode: 0o755 });
    const view = (path: string) =>
      spawn(process.execPath, [join(REPOSITORY, 'toolkit/bin/aimctl.js'), 'bench', 'view', before, '--open'], {
        env: { ...process.env, PATH: path },
      });
    const child = view(bin);
    await expect.poll(() => existsSync(seen), { timeout: 20_000 }).toBe(true);
    expect(readFileSync(seen, 'utf8')).toContain('<h1>Benchmark</h1>');
    child.kill('SIGINT');
    expect(await once(child, 'close')).toEqual([0, null]);
    const alone = view(scratch);
    let stderr = '';
    alone.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    await expect.poll(() => stderr, { timeout: 20_000 }).toContain('xdg-open could not open it');
    alone.kill('SIGINT');
    expect(await once(alone, 'close')).toEqual([0, null]);
  });
});
