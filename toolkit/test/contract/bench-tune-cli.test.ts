import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { aimctl, checkedJson, REPOSITORY } from '../lib/aimctl.ts';

const scratch = mkdtempSync(join(tmpdir(), 'aim-tune-'));
afterAll(() => rmSync(scratch, { recursive: true }));
const PROFILE = 'meta-llama/Llama-3.1-8B-Instruct/vllm-mi300x-fp16-tp1-throughput';
const tune = (...args: string[]) => aimctl(['bench', 'tune', PROFILE, ...args, '--json'], { cwd: scratch });
const SEARCH = ['--param', 'max-num-seqs=64,128,256', '--param', 'gpu-memory-utilization=0.05,0.85'];

describe('aimctl bench tune --dry-run', () => {
  it('prints the space, what is not tried, and the time, and makes nothing', () => {
    const run = tune(...SEARCH, '--dry-run');
    expect(run.status, run.stderr).toBe(0);
    const plan = checkedJson('bench-tune', run) as {
      combinations: number;
      first: string[];
      refused: { reason: string }[];
      estimate: { leastMs: number; mostMs: number };
    };
    expect(plan.combinations).toBe(12);
    expect(plan.first[0]).toBe('as it is');
    expect(plan.first.join()).not.toContain('0.05');
    expect(plan.refused[0]!.reason).toContain('do not fit');
    expect(plan.estimate.leastMs).toBeLessThan(plan.estimate.mostMs);
    expect(readdirSync(scratch)).toEqual([]);
  });

  it('reads a search file', () => {
    const file = join(scratch, 'search.yaml');
    writeFileSync(file, 'params:\n  max-num-seqs: [64, 128]\n  async-scheduling: [true, false]\n');
    const plan = checkedJson('bench-tune', tune('--search', file, '--dry-run')) as { combinations: number };
    expect(plan.combinations).toBe(6);
    rmSync(file);
  });
});

describe('aimctl bench tune refuses', () => {
  it.each([
    { args: [], says: 'there is nothing to try' },
    { args: ['--param', 'max-num-seqs'], says: '--param takes NAME=VALUE' },
    { args: ['--search', '/none.yaml'], says: 'cannot read /none.yaml' },
    { args: [...SEARCH, '--config', '/none.yaml'], says: 'cannot read /none.yaml' },
    { args: [...SEARCH, '--reference', '/none.json'], says: 'cannot read /none.json' },
    { args: [...SEARCH, '--concurrency', '0'], says: '--concurrency takes whole numbers' },
    { args: [...SEARCH, '--host', 'nowhere://x'], says: 'no place where servers can be started' },
  ])('$args', ({ args, says }) => {
    const run = tune(...args, '--output', join(scratch, `refused-${args.length}-${says.length}`));
    const { error } = checkedJson('error', run) as { error: { message: string } };
    expect([run.status, error.message]).toEqual([2, expect.stringContaining(says)]);
  });

  it('a folder that holds another search, or one that was not to be resumed', () => {
    const output = join(scratch, 'taken');
    mkdirSync(output);
    writeFileSync(join(output, 'tune.json'), '{}');
    for (const [more, says] of [
      [[], 'holds a search already'],
      [['--resume'], 'holds another search'],
    ] as const) {
      const run = tune(...SEARCH, '--output', output, ...more);
      expect((checkedJson('error', run) as { error: { message: string } }).error.message).toContain(says);
    }
    expect(readFileSync(join(output, 'tune.json'), 'utf8')).toBe('{}');
  });

  it('to go on under other conditions', () => {
    const output = join(scratch, 'conditions');
    const config = join(scratch, 'limits.yaml');
    writeFileSync(config, 'bench:\n  least-correct: 0.5\n');
    const given = [...SEARCH, '--output', output, '--env', 'A_TOKEN=s3cret'];
    const messageOf = (...more: string[]) => {
      const host = more.includes('--host') ? [] : ['--host', 'nowhere://x'];
      return (checkedJson('error', tune(...given, ...host, ...more)) as { error: { message: string } }).error.message;
    };
    expect(messageOf()).toContain('no place where servers can be started');
    expect(readFileSync(join(output, 'tune.json'), 'utf8')).not.toContain('s3cret');
    expect(messageOf('--resume')).toContain('no place where servers can be started');
    for (const other of [
      ['--env', 'A_TOKEN=other'],
      ['--image', 'acme/other:1'],
      ['--model', 'acme/Other'],
      ['--host', 'nowhere://y'],
      ['--config', config],
    ]) {
      expect(messageOf('--resume', ...other), other.join(' ')).toContain('holds another search');
    }
  });

  it('to take the place of a profile', () => {
    const save = join(scratch, 'mine.yaml');
    writeFileSync(save, 'mine');
    const refused = tune(...SEARCH, '--save', save, '--output', join(scratch, 'save'));
    expect([refused.status, checkedJson('error', refused)]).toMatchObject([
      3,
      { error: { message: `${save} exists` } },
    ]);
    expect(tune(...SEARCH, '--save', save, '--force', '--dry-run').status).toBe(0);
    const own = join(REPOSITORY, 'profiles', `${PROFILE}.yaml`);
    const itself = tune(...SEARCH, '--save', own, '--force', '--output', join(scratch, 'save'));
    expect([itself.status, checkedJson('error', itself)]).toMatchObject([
      2,
      { error: { message: expect.stringContaining('the profile that is to be tuned') as string } },
    ]);
    expect([readFileSync(save, 'utf8'), existsSync(join(scratch, 'save'))]).toEqual(['mine', false]);
  });
});
