import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Ajv } from 'ajv';
import { afterAll, describe, expect, it } from 'vitest';
import { EXIT_CODES } from '../../src/exit-codes.ts';
import type { LintReport } from '../../src/lint/run.ts';

const REPOSITORY = join(import.meta.dirname, '../../..');
const scratch = mkdtempSync(join(tmpdir(), 'aimctl-lint-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const NAME = 'profiles/general/vllm-mi300x-fp16-tp1-latency.yaml';
const GENERAL = readFileSync(join(REPOSITORY, NAME), 'utf8');

function aimctl(cwd: string, ...args: string[]) {
  return spawnSync(process.execPath, [join(REPOSITORY, 'toolkit/bin/aimctl.js'), 'lint', ...args], {
    cwd,
    encoding: 'utf8',
  });
}

function folder(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(scratch, 'case-'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return root;
}

function report(stdout: string): LintReport {
  const ajv = new Ajv({ strict: true });
  const schema = JSON.parse(readFileSync(join(REPOSITORY, 'schemas/cli/lint.schema.json'), 'utf8')) as object;
  const value: unknown = JSON.parse(stdout);
  expect(ajv.validate(schema, value), ajv.errorsText()).toBe(true);
  return value as LintReport;
}

const BROKEN = GENERAL.replace('dtype: float16', 'dtype: float61').replace(
  'gpu-memory-utilization',
  'gpu_memory_utilization',
);

describe('aimctl lint', () => {
  it('succeeds without findings and fails with errors, in each form', () => {
    const good = folder({ [NAME]: GENERAL });
    expect(aimctl(good, 'profiles')).toMatchObject({
      status: 0,
      stdout: '1 file: 0 errors, 0 warnings.\n',
      stderr: '',
    });
    const bad = folder({ [NAME]: BROKEN });
    for (const format of ['text', 'json', 'sarif', 'github']) {
      expect(aimctl(bad, 'profiles', '--format', format).status).toBe(EXIT_CODES['check-failed']);
    }
  });

  it('says place, mistake, reason and remedy', () => {
    const { stdout } = aimctl(folder({ [NAME]: BROKEN }), 'profiles');
    const line = BROKEN.split('\n').findIndex((each) => each.includes('float61')) + 1;
    expect(stdout).toContain(`${NAME}:${line}:10: error: dtype: "float61" is not allowed`);
    expect(stdout).toMatch(/^ {4}why: .+$/m);
    expect(stdout).toMatch(/^ {4}fix: Did you mean float\?$/m);
  });

  it('counts notes, and lists them when asked to', () => {
    const root = folder({
      [NAME]: GENERAL.replace('env_vars:', 'env_vars:\n  VLLM_V1_USE_PREFILL_DECODE_ATTENTION: "1"'),
    });
    const quiet = aimctl(root, 'profiles', '--rule', 'env-var-ends');
    expect(quiet.stdout).toBe('1 file: 0 errors, 0 warnings, 1 note (see --verbose).\n');
    expect(aimctl(root, 'profiles', '--rule', 'env-var-ends', '--verbose').stdout).toContain('info: VLLM_V1_USE');
  });

  it('prints JSON that fits its schema, with --json as with --format json', () => {
    const root = folder({ [NAME]: BROKEN });
    const { findings, summary } = report(aimctl(root, 'profiles', '--json').stdout);
    expect(findings.map(({ rule, file }) => [rule, file])).toEqual([
      ['engine-arg-value', NAME],
      ['engine-arg-spelling', NAME],
    ]);
    expect(summary).toEqual({ files: 1, errors: 1, warnings: 1, infos: 0, fixed: 0 });
    expect(aimctl(root, 'profiles', '--format', 'json').stdout).toBe(aimctl(root, 'profiles', '--json').stdout);
  });

  it('repairs, and counts what it repaired', () => {
    const root = folder({
      [NAME]: GENERAL.replace('gpu-memory-utilization: 0.95', 'gpu_memory_utilization: 0.95 # measured'),
    });
    expect(report(aimctl(root, 'profiles', '--fix', '--json').stdout).summary).toMatchObject({ fixed: 1, warnings: 0 });
    expect(readFileSync(join(root, NAME), 'utf8')).toBe(GENERAL.replace('0.95', '0.95 # measured'));
  });

  it('fails on warnings when there are more than are allowed', () => {
    const root = folder({ [NAME]: GENERAL.replace('gpu-memory-utilization', 'gpu_memory_utilization') });
    const status = (...args: string[]) => aimctl(root, 'profiles', ...args).status;
    expect([status(), status('--max-warnings', '1'), status('--max-warnings', '0')]).toEqual([
      0,
      0,
      EXIT_CODES['check-failed'],
    ]);
    expect(status('--max-warnings', '0', '--rule', 'engine-arg-spelling=off')).toBe(0);
    expect(status('--rule', 'engine-arg-spelling=error')).toBe(EXIT_CODES['check-failed']);
    expect(status('--max-warnings', '0', '--rule', 'engine-arg-value')).toBe(0);
  });

  it('takes severities and files to leave out from aimctl.config.yaml above the files', () => {
    const config = 'lint:\n  rules:\n    engine-arg-spelling: error\n  ignore:\n    - "**/left-out/**"\n';
    const root = folder({
      'aimctl.config.yaml': config,
      [NAME]: BROKEN,
      'profiles/general/left-out/x.yaml': 'no: [yaml',
    });
    const { findings, summary } = report(aimctl('/', join(root, 'profiles'), '--json').stdout);
    expect(summary).toMatchObject({ files: 1, errors: 2 });
    expect(findings.map(({ file }) => file)).toEqual([join(root, NAME), join(root, NAME)]);
  });

  it('explains a rule', () => {
    const { stdout, status } = aimctl(scratch, '--explain', 'swap-space');
    expect(status).toBe(0);
    expect(stdout).toBe(readFileSync(join(REPOSITORY, 'docs/lint/swap-space.md'), 'utf8'));
    report(aimctl(scratch, '--explain', 'swap-space', '--json').stdout);
  });

  it.each([
    [['--explain', 'swap-spaec'], 'Did you mean swap-space?'],
    [['--rule', 'swap-spaec'], 'Did you mean swap-space?'],
    [['--rule', 'swap-space=loud'], 'no severity loud'],
    [['--engine-version', '0.0'], '0.11.1'],
    [['no-such-file.yaml'], 'no-such-file.yaml'],
    [['--config', 'no-such-file.yaml'], 'no-such-file.yaml'],
  ])('refuses %j', (args, text) => {
    const run = aimctl(scratch, ...args);
    expect(run.status).toBe(EXIT_CODES.usage);
    expect(run.stderr).toContain(text);
  });

  it('checks against another version of the engine', () => {
    const root = folder({ [NAME]: GENERAL.replace('  dtype', '  calculate-kv-scales:\n  dtype') });
    const rules = (...args: string[]) =>
      report(aimctl(root, 'profiles', '--json', ...args).stdout).findings.map(({ rule }) => rule);
    expect(rules()).toEqual(['engine-arg-ends']);
    expect(rules('--engine-version', 'main-20260807')).toEqual(['engine-arg-removed']);
    expect(rules('--engine-version', '2026-04-08')).toEqual(['engine-arg-ends']);
  });

  it('knows profiles, metadata, recipes and schemas by their places', () => {
    const root = folder({
      [NAME]: 'metadata: 1\n',
      'profiles/acme/Demo/metadata.yaml': 'com: 1\n',
      'recipes/demo.yaml': 'a: 1\na: 2\n',
      'schemas/demo.schema.json': '{ "type": "strnig" }\n',
      'elsewhere/compose.yaml': 'services: 1\n',
      'elsewhere/own.yaml': 'engine_args:\n  dtype: float16\nengine_arg: 1\n',
    });
    cpSync(join(REPOSITORY, 'profiles/base'), join(root, 'profiles/base'), { recursive: true });
    const { findings, summary } = report(aimctl(root, '.', '--json').stdout);
    const rules = (name: string) => new Set(findings.filter(({ file }) => file === name).map(({ rule }) => rule));
    expect(summary.files).toBe(6);
    expect(rules('recipes/demo.yaml')).toEqual(new Set(['duplicate-key', 'recipe']));
    expect(rules('schemas/demo.schema.json')).toEqual(new Set(['schema-keyword']));
    expect(rules('profiles/acme/Demo/metadata.yaml')).toContain('schema');
    expect(rules(NAME)).toContain('schema');
    expect(rules('elsewhere/own.yaml')).toContain('unknown-key');
  });
});
