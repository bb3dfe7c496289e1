import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Parser, type Interfaces } from '@oclif/core';
import { describe, expect, it } from 'vitest';
import { checkWorkflows } from '../../../scripts/check-workflows.ts';
import { COMMANDS } from '../../src/commands/index.ts';
import { parseEvent, stageOf } from '../../src/versions/event.ts';
import { parseLine } from '../../src/versions/line.ts';
import { REPOSITORY } from '../lib/aimctl.ts';
import { aimctlCalls, evaluateCondition, JOBS, WORKFLOWS } from '../lib/workflows.ts';

const TOKEN = '${{ github.token }}';
const EVENTS = join(REPOSITORY, 'toolkit/test/fixtures/github-events');
const workflow = (name: string) => WORKFLOWS.find(({ file }) => file === name)!;

interface PushPayload {
  readonly ref: string;
  readonly deleted?: boolean;
}

/** Recorded pushes to branches, which start images.yml. */
const PUSHES: readonly [string, PushPayload][] = readdirSync(EVENTS)
  .map((file): [string, PushPayload] => [file, JSON.parse(readFileSync(join(EVENTS, file), 'utf8')) as PushPayload])
  .filter(([file, { ref, deleted }]) => /^push-/.test(file) && ref.startsWith('refs/heads/') && deleted !== true);

describe('workflows', () => {
  const calls = aimctlCalls();

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
      if (!writes.some(([scope]) => scope !== 'security-events')) continue;
      const starts = (headRepository: string, login: string) =>
        evaluateCondition(condition!, {
          github: {
            event_name: 'pull_request',
            repository: 'acme/aim',
            head_ref: 'feature',
            event: { pull_request: { head: { repo: { full_name: headRepository } }, user: { login } } },
          },
        });
      expect(starts('acme/aim', 'somebody'), name).toBe(true);
      expect(starts('stranger/aim', 'somebody'), name).toBe(false);
      // Its branches are the repository's own, and its updates bring code that nobody has looked at.
      expect(starts('acme/aim', 'dependabot[bot]'), name).toBe(false);
    }
  });

  it('show the token to no step that does not need it, such as one that installs packages', () => {
    for (const [name, { env = {}, steps }] of JOBS) {
      expect(Object.values(env), name).not.toContain(TOKEN);
      for (const { run = '', uses, env: own = {} } of steps) {
        if (!Object.values(own).includes(TOKEN)) continue;
        expect([uses, run], name).toEqual([undefined, expect.stringContaining('npx aimctl ')]);
      }
    }
    const all = JOBS.flatMap(([name, { steps }]) => steps.map(({ run = '', env }) => ({ name, run, env })));
    const ofRegistries = all.filter(({ run }) => /npx aimctl (?!lint)/.test(run));
    expect(ofRegistries.length).toBeGreaterThan(6);
    for (const { name, env } of ofRegistries) expect(env, name).toMatchObject({ GITHUB_TOKEN: TOKEN });
  });

  it('tell a pull request what it would change', () => {
    const lines = calls.filter(([name]) => name === 'check.yml preview').map(([, words]) => words);
    expect(lines.find(([command]) => command === 'plan')).toEqual(expect.arrayContaining(['--all', '--comment']));
    expect(lines.find(([command]) => command === 'release')).toContain('--github');
    expect(workflow('check.yml').jobs['preview']!.permissions).toMatchObject({ 'pull-requests': 'write' });
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

  it.each(PUSHES)('test and scan what %s makes official, before it is', (_, payload) => {
    const { test, release } = workflow('images.yml').jobs;
    const { ref } = payload;
    const contexts = { github: { ref, ref_name: ref.replace('refs/heads/', ''), event: payload } };
    const event = parseEvent({ name: 'push', payload, ref, baseRef: undefined, local: { branch: undefined } });
    const isTested = evaluateCondition(test!.if!, contexts);
    const { AIMCTL_RELEASE_SCAN: scan } = release!.steps.find(({ run }) => run?.includes('aimctl release'))!.env!;
    const needs = { test: { result: isTested ? 'success' : 'skipped' } };
    const isScanned = evaluateCondition(scan!, { ...contexts, needs });
    if (stageOf(event, parseLine('0.9.0')) === 'official') expect([isTested, isScanned]).toEqual([true, true]);
    // Candidates of people's branches wait for nothing.
    if (ref.startsWith('refs/heads/feature/')) expect([isTested, isScanned]).toEqual([false, false]);
  });

  it('release nothing before its tests have ended well', () => {
    expect(PUSHES.map(([file]) => file)).toEqual(
      expect.arrayContaining(['push-branch.json', 'push-main-merge-release.json', 'push-release-branch.json']),
    );
    const { test, release } = workflow('images.yml').jobs;
    expect(test!.steps.map(({ run }) => run)).toContain('make test');
    expect(release!.needs).toEqual(['test', 'candidate']);
    // The job is skipped for candidates: without a condition, all that need it would be skipped too.
    expect(release!.if).toContain('!failure()');
  });

  describe('what images.yml demands of what it released', () => {
    const { steps } = workflow('images.yml').jobs['verify']!;
    const { run: script } = steps.find(({ run }) => run?.includes('aimctl verify'))!;
    const good = { signature: 'unchecked', provenance: 'valid', sbom: 'valid' };

    it('has all commits to make it again from', () => {
      expect(steps.find(({ uses }) => uses?.startsWith('actions/checkout@'))!.with).toMatchObject({ 'fetch-depth': 0 });
    });

    it.each([
      { ...good, verified: true, status: 0 },
      { ...good, verified: true, signature: 'valid', status: 0 },
      { ...good, verified: true, signature: 'absent', status: 5 },
      { ...good, verified: true, provenance: 'absent', status: 5 },
      { ...good, verified: true, sbom: 'invalid', status: 5 },
      { ...good, verified: false, status: 3 },
    ])('%j', ({ status, verified, ...states }) => {
      const folder = mkdtempSync(join(tmpdir(), 'aimctl-workflow-'));
      const attestationsOf = (all: Readonly<Record<string, string>>) =>
        Object.fromEntries(Object.entries(all).map(([part, state]) => [part, { state }]));
      const released = [
        { repository: 'aim-base', digest: 'sha256:a' },
        { repository: 'aim-x', digest: 'sha256:b' },
      ];
      const images = released.map(({ repository, digest }, index) => ({
        reference: `ghcr.io/acme/${repository}@${digest}`,
        attestations: attestationsOf(index === 0 ? good : states),
      }));
      writeFileSync(join(folder, 'release.json'), JSON.stringify({ registry: 'ghcr.io/acme', images: released }));
      writeFileSync(join(folder, 'result.json'), JSON.stringify({ verified, images }));
      const npx = `#!/bin/sh\necho "$@" > calls\ncat result.json\nexit ${verified ? 0 : 3}\n`;
      writeFileSync(join(folder, 'npx'), npx, { mode: 0o755 });
      const PATH = `${folder}:${process.env['PATH'] ?? ''}`;
      const shell = ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script!];
      const ended = spawnSync('bash', shell, { cwd: folder, env: { ...process.env, PATH }, encoding: 'utf8' });
      const called = readFileSync(join(folder, 'calls'), 'utf8').trim();
      rmSync(folder, { recursive: true });
      expect(ended.status, ended.stderr).toBe(status);
      expect(called).toBe(`aimctl verify --json ${images.map(({ reference }) => reference).join(' ')}`);
      if (status === 5) expect(ended.stderr).toContain('ghcr.io/acme/aim-x@sha256:b;');
    });
  });

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
