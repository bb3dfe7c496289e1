import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { aimctl, checkedJson } from '../lib/aimctl.ts';

const scratch = mkdtempSync(join(tmpdir(), 'aimctl-bench-'));
afterAll(() => rmSync(scratch, { recursive: true }));
const URL = ['--url', 'http://127.0.0.1:9'];
const bench = (...args: string[]) => aimctl(['bench', ...args], { cwd: scratch });

describe('aimctl bench --dry-run', () => {
  it('prints the matrix and its time, and makes nothing', () => {
    const shapes = ['--concurrency', '1,8', '--input-len', '128,1024', '--output-len', '32'];
    const model = ['--profile', 'Qwen/Qwen3-32B', '--slo', 'ttft:500,tpot:30'];
    const run = bench(...model, ...shapes, '--dry-run', '--json');
    expect(run.status, run.stderr).toBe(0);
    const { plan, estimate } = checkedJson('bench', run) as {
      plan: { servers: { subject: { profile: string; digest: string }; points: { key: string }[] }[] };
      estimate: { leastMs: number; mostMs: number };
    };
    expect(plan.servers.length).toBeGreaterThan(1);
    for (const { subject, points } of plan.servers) {
      expect(subject.profile).toMatch(/^Qwen\/Qwen3-32B\/vllm-/);
      expect(subject.digest).toMatch(/^[0-9a-f]{64}$/);
      expect(points).toHaveLength(4);
    }
    expect(estimate.leastMs).toBeLessThan(estimate.mostMs);
    const text = bench(...URL, '--search-slo', '--slo', 'ttft:500', '--dry-run');
    expect(text.stdout).toContain('search concurrency 1 to 256');
    expect(readdirSync(scratch)).toEqual([]);
  });
});

describe('aimctl bench refuses', () => {
  it.each([
    { args: [], says: 'it is not said what to measure' },
    { args: [...URL, '--host', 'docker'], says: '--host' },
    { args: ['--url', 'ftp://x'], says: '--url takes the address' },
    { args: ['--url', 'http://user:pa55word@host'], says: '--url takes the address' },
    { args: ['--host', 'pbs://queue'], says: 'no place where servers can be started' },
    { args: ['--host', 'k8s://%E0%A4%A/ns', '--model', 'a/b'], says: 'no place in a cluster' },
    { args: ['--host', 'k8s://lab/Not_A_Name', '--model', 'a/b', '--client-image', ':'], says: 'image' },
    { args: ['--host', 'ssh://me:pa55word@host'], says: 'must not hold a password' },
    { args: ['--host', 'ssh://-oProxyCommand=x'], says: 'no name of a machine' },
    { args: [...URL, '--concurrency', '0'], says: '--concurrency takes whole numbers' },
    { args: [...URL, '--request-rate', '-1'], says: '--request-rate takes numbers above 0' },
    { args: [...URL, '--arrival', 'poisson'], says: 'Give --request-rate too' },
    { args: [...URL, '--dataset', 'jsonl:/none.jsonl'], says: 'there is no file' },
    { args: [...URL, '--search-slo'], says: '--search-slo needs --slo' },
    { args: [...URL, '--require', '0.9'], says: '--require needs --slo' },
    { args: [...URL, '--resume'], says: '--resume needs --output' },
    { args: [...URL, '--slo', 'itl:5'], says: 'is not of the form' },
    { args: [...URL, '--format', 'pdf'], says: 'no form of a report' },
    { args: [...URL, '--format', 'pdf', '--dry-run'], says: 'no form of a report' },
    { args: [...URL, '--slo', 'ttft:1', '--require', '2', '--dry-run'], says: '--require takes a share' },
    { args: [...URL, '--slo', 'ttft:soon'], says: 'For example --slo ttft:500,tpot:30' },
    { args: [...URL, '--ramp', '1'], says: 'is not FROM:TO' },
    { args: [...URL, '--ramp', '0:5'], says: 'is not FROM:TO' },
    { args: [...URL, '--trace-speed', '1'], says: 'the dataset is none that records them' },
    { args: ['--api-key-env', 'HOME'], says: '--url' },
    { args: [...URL, '--baseline', '/none'], says: 'there is no /none/result.json' },
    { args: ['--profile', 'Qwen/Qwen3-32C'], says: 'there is no profile' },
    { args: ['--image', 'no such image!'], says: 'no such image!' },
    { args: [...URL, '--env', 'SECRET'], says: '--env takes NAME=VALUE' },
  ])('$args', ({ args, says }) => {
    const run = bench(...args, '--json');
    const { error } = checkedJson('error', run) as { error: { code: string; message: string; hint: string | null } };
    expect([run.status, error.code]).toEqual([2, 'usage']);
    expect(`${error.message} ${error.hint ?? ''}`).toContain(says);
    expect(run.stdout + run.stderr).not.toContain('pa55word');
    expect(readdirSync(scratch)).toEqual([]);
  });

  it('a server that does not answer, and an engine that is not there', () => {
    const silent = bench(...URL, '--output', join(scratch, 'silent'), '--json');
    expect([silent.status, checkedJson('error', silent)]).toMatchObject([5, { error: { code: 'remote' } }]);
    const noEngine = bench('--profile', 'Qwen/Qwen3-32B', '--output', join(scratch, 'none'), '--json');
    expect([noEngine.status, checkedJson('error', noEngine)]).toMatchObject([4, { error: { code: 'environment' } }]);
    expect(readdirSync(scratch)).toEqual(['silent']);
    rmSync(join(scratch, 'silent'), { recursive: true });
  });

  it('to go on under other conditions', () => {
    const output = join(scratch, 'conditions');
    const file = join(scratch, 'prompts.jsonl');
    writeFileSync(file, '{"prompt":"a"}\n');
    const given = [...URL, '--dataset', file, '--output', output, '--env', 'A_TOKEN=s3cret', '--resume'];
    const codeOf = (...more: string[]) => {
      const { error } = checkedJson('error', bench(...given, ...more, '--json')) as {
        error: { code: string; message: string };
      };
      return error.message.includes('holds another run') ? 'other' : error.code;
    };
    expect(codeOf()).toBe('remote');
    expect(readFileSync(join(output, 'run.json'), 'utf8')).not.toContain('s3cret');
    expect(codeOf()).toBe('remote');
    for (const more of [['--env', 'A_TOKEN=x'], ['--workers', '2'], ['--no-reset-prefix-cache'], ['--model', 'a/b']]) {
      expect(codeOf(...more), more.join(' ')).toBe('other');
    }
    writeFileSync(file, '{"prompt":"b"}\n');
    expect(codeOf()).toBe('other');
    rmSync(output, { recursive: true });
    rmSync(file);
  });

  it('a folder that holds something else', () => {
    const output = mkdtempSync(join(scratch, 'full-'));
    writeFileSync(join(output, 'thesis.txt'), 'mine');
    for (const path of [output, join(output, 'thesis.txt')]) {
      const run = bench(...URL, '--output', path, '--json');
      expect([run.status, checkedJson('error', run)]).toMatchObject([
        2,
        { error: { message: `${path} is there already and holds no run` } },
      ]);
    }
    rmSync(output, { recursive: true });
  });
});
