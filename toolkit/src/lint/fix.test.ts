import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseYaml } from 'aim-runtime/profile';
import { afterAll, describe, expect, it } from 'vitest';
import { lintWithOptions } from './main.ts';
import type { LintReport } from './run.ts';

const scratch = mkdtempSync(join(tmpdir(), 'aim-lint-fix-'));
afterAll(() => rmSync(scratch, { recursive: true }));

interface Repaired {
  readonly text: string;
  readonly report: LintReport;
}

async function repair(text: string, options: { rules?: readonly string[]; version?: string } = {}): Promise<Repaired> {
  const cwd = mkdtempSync(join(scratch, 'case-'));
  const path = join(cwd, 'x.yaml');
  writeFileSync(path, text);
  const { rules = [], version } = options;
  const report = await lintWithOptions({ paths: [path], cwd, config: undefined, version, rules, fix: true });
  return { text: readFileSync(path, 'utf8'), report };
}

const fixable = ({ report }: Repaired): string[] =>
  report.findings.filter((each) => each.fixable).map(({ rule }) => rule);

describe('lint --fix', () => {
  it.each(['null', '~', '', '!!int "5"', '!!int 5', '!!float "1.5"'])(
    'leaves the variable value %s alone, and says so',
    async (value) => {
      const text = `env_vars:\n  FOO: ${value}\n`;
      const repaired = await repair(text, { rules: ['env-var-string'] });
      expect(repaired.text).toBe(text);
      expect(repaired.report.findings).toMatchObject([{ rule: 'env-var-string', fixable: false }]);
    },
  );

  it('puts variables with an anchor or a quoted name into quotes', async () => {
    const { text } = await repair('env_vars:\n  "A": &a 1\n  B : true\n', { rules: ['env-var-string'] });
    expect(parseYaml(text)).toMatchObject({ ok: true, value: { env_vars: { A: '1', B: 'true' } } });
  });

  it.each([
    ['a key that is there', 'metadata:\n  gpu_count: 8\n  gpu-count: 1\n', undefined],
    [
      'one name for two keys',
      'metadata:\n  gpu-count: 8\n  GPU_COUNT: 1\n',
      'metadata:\n  gpu_count: 8\n  GPU_COUNT: 1\n',
    ],
  ])('never repeats %s', async (_name, text, expected) => {
    const repaired = await repair(text, { rules: ['unknown-key'] });
    expect(repaired.text).toBe(expected ?? text);
    expect(fixable(repaired)).toEqual([]);
  });

  it('never repeats an argument', async () => {
    const repaired = await repair('engine_args:\n  max_num-seqs: 8\n  max-num_seqs: 1\n', {
      rules: ['engine-arg-spelling'],
    });
    expect(parseYaml(repaired.text)).toMatchObject({ ok: true, warnings: [] });
    expect(fixable(repaired)).toEqual([]);
  });

  it.each([
    ['flow style', 'engine_args: { max-num-seqs: 8, dtype: float16 }\n'],
    ['an anchor that would move below its alias', 'metadata: &m {}\nengine_args:\n  z: &z {"a": 1}\n  b: *z\n'],
  ])('offers no order of keys that it cannot make: %s', async (_name, text) => {
    const repaired = await repair(text, { rules: ['key-order'] });
    expect(repaired.text).toBe(text);
    expect(repaired.report.findings).toMatchObject([{ rule: 'key-order', fixable: false }]);
    expect(repaired.report.findings[0]?.suggestion).not.toContain('--fix');
  });

  it('finds no disorder in arguments whose order decides', async () => {
    const text = 'engine_args:\n  no-enable-prefix-caching:\n  enable-prefix-caching:\n';
    const { report } = await repair(text, { rules: ['key-order'] });
    expect(report.findings).toEqual([]);
  });

  it('writes through a link, and keeps the permissions of the file', async () => {
    const cwd = mkdtempSync(join(scratch, 'link-'));
    writeFileSync(join(cwd, 'real.txt'), 'engine_args:\n  max_num_seqs: 8\n');
    chmodSync(join(cwd, 'real.txt'), 0o640);
    symlinkSync('real.txt', join(cwd, 'x.yaml'));
    const options = { config: undefined, version: undefined, rules: ['engine-arg-spelling'], fix: true };
    const { summary } = await lintWithOptions({ paths: ['x.yaml'], cwd, ...options });
    expect(summary.fixed).toBe(1);
    expect(readFileSync(join(cwd, 'real.txt'), 'utf8')).toBe('engine_args:\n  max-num-seqs: 8\n');
    expect(statSync(join(cwd, 'real.txt')).mode & 0o777).toBe(0o640);
  });

  it('says that it cannot write, with the status for it', async () => {
    const cwd = mkdtempSync(join(scratch, 'refused-'));
    const path = join(cwd, 'x.yaml');
    writeFileSync(path, 'engine_args:\n  max_num_seqs: 8\n');
    // Where the new text would be kept until it takes the old one's place.
    mkdirSync(`${path}.${process.pid}.tmp`);
    const options = { config: undefined, version: undefined, rules: ['engine-arg-spelling'], fix: true };
    await expect(lintWithOptions({ paths: [path], cwd, ...options })).rejects.toMatchObject({ code: 'environment' });
    expect(readFileSync(path, 'utf8')).toContain('max_num_seqs');
  });

  it('renames to what the asked-for version has, and only for vLLM', async () => {
    const text = 'metadata:\n  engine: vllm\nengine_args:\n  cuda-graph-sizes: 8\n';
    const rules = ['engine-arg-ends', 'engine-arg-removed', 'engine-arg-deprecated'];
    const old = await repair(text, { rules, version: '2025-06-01' });
    expect(old.text).toBe(text);
    expect(old.report.findings.map(({ suggestion }) => suggestion ?? '').join()).not.toContain(
      'cudagraph-capture-sizes',
    );
    const late = await repair(text, { rules, version: 'main-20260807' });
    expect(late.text).toContain('cudagraph-capture-sizes: 8');
  });
});
