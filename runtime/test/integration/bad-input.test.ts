import { spawnSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EXECUTABLE, PROFILE, ProfileTree, run, settings, type Outcome } from '../lib/run-executable.ts';

const QUIET = { AIM_LOG_LEVEL: 'ERROR' };

/** One clear message: exit status, nothing on stdout, no stack trace. */
function expectFailure(outcome: Outcome, status: number, message: RegExp): void {
  expect(outcome.stdout).toBe('');
  expect(outcome.stderr).toMatch(message);
  expect(outcome.stderr).not.toMatch(/\n\s+at /);
  expect(outcome.status).toBe(status);
}

describe('bad input', () => {
  it.each([
    ['a value outside its set', { AIM_PRECISION: 'fp99' }, 2, /AIM_PRECISION=fp99 is not one of auto, fp4/],
    ['a word that every object has', { AIM_PRECISION: 'constructor' }, 2, /AIM_PRECISION=constructor is not one of/],
    ['a wrong log level that AIM_DEBUG hides', { AIM_DEBUG: '1', AIM_LOG_LEVEL: 'loud' }, 2, /AIM_LOG_LEVEL=loud/],
    ['an unknown GPU model', { AIM_GPU_MODEL: 'MI300Y' }, 2, /AIM_GPU_MODEL=MI300Y .*did you mean MI300/],
    ['arguments that are not JSON', { AIM_ENGINE_ARGS: 'max-model-len=1' }, 2, /AIM_ENGINE_ARGS is not JSON/],
    ['arguments that are no object', { AIM_ENGINE_ARGS: '[1]' }, 2, /AIM_ENGINE_ARGS is a list/],
    ['an argument of a wrong type', { AIM_ENGINE_ARGS: '{"max-model-len": "x"}' }, 2, /max-model-len/],
    ['an unknown argument', { AIM_ENGINE_ARGS: '{"max-model-length": 1}' }, 2, /max-model-length.*max-model-len/s],
    ['two identities', { AIM_MODEL_ID: 'org/model' }, 2, /both set/],
    ['an unknown model', { AIM_ID: 'org/nothing' }, 4, /no profile fits org\/nothing/],
    [
      'an unknown profile id',
      { AIM_PROFILE_ID: 'on' },
      4,
      /AIM_PROFILE_ID=on names no profile[\s\S]*Did you mean one\?/,
    ],
    ['a count that no profile has', { AIM_GPU_COUNT: '3' }, 4, /one: AIM_GPU_COUNT=1/],
  ])('%s', (_, env, status, message) => {
    using tree = new ProfileTree().put('org/model/one.yaml', PROFILE);
    expectFailure(run(['dry-run'], settings(tree, { ...QUIET, ...env })), status, message);
  });

  it('no GPU at all', () => {
    using tree = new ProfileTree().put('org/model/one.yaml', PROFILE);
    const env = {
      ...QUIET,
      AIM_ID: 'org/model',
      AIM_PROFILE_PATH: tree.root,
      AIM_SYSFS_ROOT: '/nonexistent',
      AIM_DEV_ROOT: '/nonexistent',
    };
    expectFailure(run(['dry-run'], env), 3, /no usable GPU was found[\s\S]*AIM_GPU_MODEL/);
  });

  it.each([
    ['malformed YAML', 'metadata: {engine: vllm\n', /one\.yaml:2:1: /],
    [
      'a wrong enum',
      PROFILE.replace('metric: latency', 'metric: latncy'),
      /one\.yaml:8:\d+: metadata\.metric is "latncy"; allowed: latency, throughput \(did you mean latency\?\)/,
    ],
    [
      'an alias bomb',
      `a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\n`,
      /one\.yaml:1:1: its aliases expand/,
    ],
  ])('%s: a warning for each start, an error when it is asked for', (_, text, message) => {
    using tree = new ProfileTree().put('org/model/good.yaml', PROFILE).put('org/model/one.yaml', text);
    const start = run(['dry-run'], settings(tree));
    expect(start.status).toBe(0);
    expect(start.stderr).toMatch(message);
    expectFailure(run(['dry-run'], settings(tree, { ...QUIET, AIM_PROFILE_ID: 'one' })), 2, message);
    expectFailure(run(['validate', `${tree.root}/org/model/one.yaml`]), 2, message);
  });

  it('a repeated key is a warning at start and an error for validate', () => {
    using tree = new ProfileTree().put(
      'org/model/one.yaml',
      PROFILE.replace('engine_args:\n', 'engine_args:\n  max-model-len: 1\n'),
    );
    const start = run(['dry-run'], settings(tree));
    expect(start.status).toBe(0);
    expect(start.stderr).toMatch(/one\.yaml:13:3: a key is repeated/);
    expectFailure(run(['validate', `${tree.root}/org/model/one.yaml`]), 2, /one\.yaml:13:3: a key is repeated/);
  });

  it('validate checks engine arguments where they stand', () => {
    using tree = new ProfileTree().put(
      'org/model/one.yaml',
      PROFILE.replace('max-model-len: 4096', 'max-seq-len-to-capture: 1'),
    );
    expectFailure(
      run(['validate', `${tree.root}/org/model/one.yaml`]),
      2,
      /one\.yaml:12:3: engine_args\.max-seq-len-to-capture/,
    );
  });

  it.each([
    [['dry-rnu'], /dry-rnu is no command.*\nDid you mean dry-run\?/],
    [['dry-run', '--fromat', 'json'], /Unknown option '--fromat'\nDid you mean --format\?/],
    [['dry-run', '--format', 'xml'], /--format xml is not one of yaml, json/],
    [['list-profiles', '--state', 'compatibel'], /Did you mean compatible\?/],
    [['dry-run', 'extra'], /extra/],
    [['validate'], /validate needs the files to check/],
    [['validate', '/nonexistent.yaml'], /there is no such file/],
  ])('%s', (args, message) => {
    expectFailure(run(args), 2, message);
  });

  it('a failure as one JSON line when logs are JSON', () => {
    const { stderr, status } = run(['dry-run'], { AIM_LOG_FORMAT: 'json' });
    expect(status).toBe(2);
    expect(JSON.parse(stderr)).toMatchObject({
      level: 'ERROR',
      code: 'config',
      message: expect.stringContaining('AIM_MODEL_ID') as string,
    });
  });

  it('a full disk behind stdout', () => {
    using tree = new ProfileTree().put('org/model/one.yaml', PROFILE);
    const { status, stderr } = spawnSync('/bin/sh', ['-c', `exec ${EXECUTABLE} dry-run >/dev/full`], {
      env: settings(tree, QUIET),
      encoding: 'utf8',
    });
    expect(status).toBe(5);
    expect(stderr).toContain('the disk is full');
  });

  it('validate says that a folder is none of its files', () => {
    using tree = new ProfileTree().put('org/model/one.yaml', PROFILE);
    const { status, stdout, stderr } = run(['validate', tree.root]);
    expect(stdout + stderr).toContain('is a folder');
    expect(stdout + stderr).not.toContain('bug');
    expect(status).toBe(2);
  });

  it('a log that nobody reads stops no start', () => {
    using tree = new ProfileTree().put('org/model/one.yaml', PROFILE);
    const { stdout } = spawnSync('/bin/bash', ['-c', `${EXECUTABLE} dry-run 2> >(exec true); echo "status $?"`], {
      env: settings(tree, { AIM_LOG_LEVEL: 'DEBUG', PATH: '/usr/bin:/bin' }),
      encoding: 'utf8',
    });
    expect(stdout).toContain('# Command:');
    expect(stdout).toContain('status 0');
  });

  it.runIf(process.getuid?.() === 0)('a folder in custom that cannot be read is left out with a warning', () => {
    using tree = new ProfileTree().put('org/model/one.yaml', PROFILE).put('custom/lost+found/x', '');
    chmodSync(join(tree.root, 'custom/lost+found'), 0o700);
    chmodSync(tree.root, 0o755);
    const { status, stderr } = spawnSync(EXECUTABLE, ['dry-run'], { env: settings(tree), uid: 1000, encoding: 'utf8' });
    expect(stderr).toMatch(/WARN.*cannot read the profiles folder .*lost\+found/);
    expect(status).toBe(0);
  });

  it('a reader that goes away is no error', () => {
    using tree = new ProfileTree().put('org/model/one.yaml', PROFILE);
    const { stderr } = spawnSync('/bin/sh', ['-c', `${EXECUTABLE} list-profiles | head -n 1`], {
      env: settings(tree, { ...QUIET, PATH: '/usr/bin:/bin' }),
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
  });
});
