import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseYaml } from 'aim-runtime/profile';
import { afterAll, describe, expect, it } from 'vitest';
import { lintWithOptions } from '../../src/lint/main.ts';
import type { LintReport } from '../../src/lint/run.ts';

const REPOSITORY = join(import.meta.dirname, '../../..');
/** Profiles of a published catalogue with the values they were published with. */
const PUBLISHED = join(import.meta.dirname, '../fixtures/lint-catalogue/profiles');
const scratch = mkdtempSync(join(tmpdir(), 'aim-lint-catalogue-'));
afterAll(() => rmSync(scratch, { recursive: true }));

function lint(
  cwd: string,
  options: { rules?: readonly string[]; config?: string; fix?: boolean } = {},
): Promise<LintReport> {
  const { rules = [], config, fix = false } = options;
  return lintWithOptions({ paths: ['.'], cwd, config, version: undefined, rules, fix });
}

/** What is wrong in the published values, beyond the order of keys: rule and the text at the reported place. */
const EXPECTED: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  'CohereLabs/command-a-reasoning-08-2025/vllm-mi250x-fp16-tp8-latency.yaml': [
    ['engine-arg-requires', 'enable-auto-tool-choice:'],
    ['engine-arg-false', 'false'],
  ],
  'CohereLabs/command-a-reasoning-08-2025/vllm-mi300x-fp16-tp8-latency.yaml': [
    ['engine-arg-spelling', 'distributed_executor_backend: mp'],
    ['dtype-checkpoint', 'float16'],
    ['engine-arg-ends', 'swap-space: 64'],
    ['swap-space', '64'],
  ],
  'Qwen/Qwen3-235B-A22B/vllm-mi300x-fp16-tp8-latency.yaml': [
    ['engine-arg-spelling', 'distributed_executor_backend: mp'],
    ['engine-arg-ends', 'swap-space: 16'],
    ['swap-space', '16'],
    ['env-var-ends', 'VLLM_V1_USE_PREFILL_DECODE_ATTENTION: '],
  ],
  'Qwen/Qwen3-32B/vllm-mi300x-fp16-tp1-latency.yaml': [
    ['engine-arg-spelling', 'distributed_executor_backend: mp'],
    ['dtype-checkpoint', 'float16'],
    ['engine-arg-removed', 'max-seq-len-to-capture: 32768'],
    ['engine-arg-ends', 'swap-space: 64'],
    ['swap-space', '64'],
    ['env-var-unknown', 'VLLM_USE_AITER_TRITON_ROPE: '],
  ],
  'custom/deepseek-ai/DeepSeek-R1-0528/vllm-mi300x-fp16-tp8-latency.yaml': [
    ['precision-checkpoint', 'fp16'],
    ['engine-arg-spelling', 'distributed_executor_backend: mp'],
    ['dtype-checkpoint', 'float16'],
    ['batched-tokens', 'no-enable-chunked-prefill:'],
    ['tuning-at-start', 'PYTORCH_TUNABLEOP_ENABLED: '],
    ['env-var-removed', 'VLLM_USE_TRITON_FLASH_ATTN: '],
  ],
  'custom/deepseek-ai/DeepSeek-R1-Distill-Qwen-32B/vllm-mi300x-fp16-tp1-latency.yaml': [
    ['engine-arg-spelling', 'distributed_executor_backend: mp'],
    ['dtype-checkpoint', 'float16'],
    ['batched-tokens', 'no-enable-chunked-prefill:'],
    ['tuning-at-start', 'PYTORCH_TUNABLEOP_ENABLED: '],
    ['env-var-removed', 'VLLM_USE_TRITON_FLASH_ATTN: '],
  ],
  'general/vllm-mi300x-fp16-tp1-latency.yaml': [['batched-tokens', 'no-enable-chunked-prefill:']],
  'mistralai/Mistral-Small-3.2-24B-Instruct-2506/vllm-mi300x-fp16-tp1-latency.yaml': [
    ['engine-arg-spelling', 'config_format: mistral'],
    ['engine-arg-spelling', 'distributed_executor_backend: mp'],
    ['dtype-checkpoint', 'float16'],
    ['engine-arg-spelling', 'load_format: mistral'],
    ['engine-arg-removed', 'max-seq-len-to-capture: 32768'],
    ['engine-arg-ends', 'swap-space: 64'],
    ['swap-space', '64'],
    ['env-var-unknown', 'VLLM_USE_AITER_TRITON_ROPE: '],
  ],
  'mistralai/Mixtral-8x22B-Instruct-v0.1/vllm-mi300x-fp16-tp4-latency.yaml': [
    ['engine-arg-spelling', 'distributed_executor_backend: mp'],
    ['dtype-checkpoint', 'float16'],
    ['batched-tokens', 'no-enable-chunked-prefill:'],
    ['tuning-at-start', 'PYTORCH_TUNABLEOP_ENABLED: '],
    ['env-var-removed', 'VLLM_USE_TRITON_FLASH_ATTN: '],
    ['env-var-removed', 'VLLM_USE_V1: '],
  ],
  'openai/gpt-oss-120b/vllm-mi300x-mxfp4-tp1-latency.yaml': [
    ['file-name', 'fp4'],
    ['precision-native', 'fp4'],
    ['engine-arg-false', 'false'],
  ],
  'openai/gpt-oss-20b/vllm-mi250x-mxfp4-tp1-latency.yaml': [
    ['file-name', 'fp4'],
    ['precision-native', 'fp4'],
    ['engine-arg-false', 'false'],
  ],
};

/** Rules about the form of the files, and about parts of the catalogue that the fixture leaves out. */
const NOT_ABOUT_VALUES = ['key-order=off', 'metadata-missing=off', 'optimized-evidence=off', 'selection-empty=off'];
const METADATA = ['recommended-profile', 'recommended-complete'];

describe('a published catalogue', () => {
  it('has each of its mistakes reported at its place, and nothing else', async () => {
    const { findings } = await lint(PUBLISHED, {
      config: '/dev/null',
      rules: [...NOT_ABOUT_VALUES, ...METADATA.map((rule) => `${rule}=off`)],
    });
    const found: Record<string, [string, string][]> = {};
    for (const { file, line, column, rule } of findings) {
      const text = readFileSync(join(PUBLISHED, file), 'utf8')
        .split('\n')
        [line - 1]!.slice(column - 1);
      (found[file] ??= []).push([rule, text.replace(/: ['"].*/, ': ')]);
    }
    expect(found).toEqual(EXPECTED);
  });

  it('has deployments without precision, and names a profile of another name', async () => {
    const { findings } = await lint(join(PUBLISHED, 'Qwen'), { rules: METADATA });
    const byRule = METADATA.map((rule) => findings.filter((finding) => finding.rule === rule).length);
    expect(byRule).toEqual([2, 2]);
  });

  it('is repaired as far as it is mechanical, with the values that were meant, and only once', async () => {
    const folder = join(scratch, 'profiles');
    cpSync(PUBLISHED, folder, { recursive: true });
    const { findings } = await lint(folder, { rules: NOT_ABOUT_VALUES, fix: true });
    expect(findings.filter(({ fixable }) => fixable)).toEqual([]);
    expect(
      new Set(
        findings
          .filter(({ severity, file }) => severity === 'error' && !file.endsWith('metadata.yaml'))
          .map(({ rule }) => rule),
      ),
    ).toEqual(new Set(['engine-arg-requires']));
    const repaired = parseYaml(readFileSync(join(folder, 'Qwen/Qwen3-32B/vllm-mi300x-fp16-tp1-latency.yaml'), 'utf8'));
    const own = parseYaml(
      readFileSync(join(REPOSITORY, 'profiles/Qwen/Qwen3-32B/vllm-mi300x-fp16-tp1-latency.yaml'), 'utf8'),
    );
    expect(repaired).toEqual(own);
    const again = await lint(folder, { rules: NOT_ABOUT_VALUES, fix: true });
    expect(again.summary.fixed).toBe(0);
  });
});

describe('the catalogue of this repository', () => {
  it('has neither errors nor warnings, whatever the configuration says', async () => {
    const { findings, summary } = await lint(join(REPOSITORY, 'profiles'), { config: '/dev/null' });
    expect(findings.filter(({ severity }) => severity !== 'info')).toEqual([]);
    expect(summary.files).toBe(
      readdirSync(join(REPOSITORY, 'profiles'), { recursive: true }).filter((name) => String(name).endsWith('.yaml'))
        .length,
    );
  });

  it('has no findings at all with its own configuration, nor have the schemas', async () => {
    expect((await lint(join(REPOSITORY, 'profiles'))).findings).toEqual([]);
    expect((await lint(join(REPOSITORY, 'schemas'))).findings).toEqual([]);
  });

  it.each([
    ['dtype: float16', 'dtype: float61', 'engine-arg-value'],
    ['tensor-parallel-size: 1', 'tensor-parallel-size: 2', 'gpu-count'],
    ['max-model-len: 32768', 'max-model-len: 3276800', 'context-length'],
    ['GPU_ARCHS: "gfx942"', 'GPU_ARCHS: "gfx950"', 'gpu-archs'],
    ['type: optimized', 'type: optimised', 'schema'],
    ['aim_id: Qwen/Qwen3-32B', 'aim_id: Qwen/Qwen3-32b', 'folder-aim-id'],
    ['no-enable-log-requests:', 'no-enable-log-request:', 'engine-arg-unknown'],
  ])('would not hide %s becoming %s', async (from, to, rule) => {
    const folder = join(mkdtempSync(join(scratch, 'mutant-')), 'profiles');
    const model = 'Qwen/Qwen3-32B';
    cpSync(join(REPOSITORY, 'profiles', model), join(folder, model), { recursive: true });
    const file = join(folder, model, 'vllm-mi300x-fp16-tp1-latency.yaml');
    const text = readFileSync(file, 'utf8');
    expect(text).toContain(from);
    writeFileSync(file, text.replace(from, to));
    const { findings } = await lint(folder, { rules: ['dtype-checkpoint=off', 'optimized-evidence=off'] });
    const line = text.split('\n').findIndex((each) => each.includes(from)) + 1;
    expect(findings.map((finding) => [finding.rule, finding.line])).toContainEqual([rule, line]);
  });
});
