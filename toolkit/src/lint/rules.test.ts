import { beforeAll, describe, expect, it } from 'vitest';
import { createContext, type LintContext } from './context.ts';
import { findEngineVersion, PINNED_VERSION, type EngineVersion } from './engine-versions.ts';
import { loadFacts } from './facts.ts';
import { createFileReader, type LintFile } from './lint-file.ts';
import { checkFile, selectRules } from './run.ts';

const PATH = '/profiles/custom/x.yaml';
const selection = selectRules({ levels: new Map(), minimum: 'info' }, []);
const read = createFileReader();

async function contextFor(version: EngineVersion): Promise<LintContext> {
  const facts = await loadFacts(version, ['vllm', 'sglang']);
  return createContext({ facts, open: () => toFile(''), exists: () => false });
}

function toFile(text: string): LintFile {
  const place = { kind: 'profile', root: undefined, layer: 'custom', model: undefined } as const;
  return read({ ...place, path: PATH, shown: PATH, content: { text } });
}

/** A profile in the formatter's form with the given parts. */
function profile(parts: {
  model?: string;
  engine?: string;
  gpu?: string;
  precision?: string;
  count?: number;
  args?: readonly string[];
  env?: readonly string[];
}): string {
  const { model, engine = 'vllm', gpu = 'MI300X', precision = 'fp16', count = 1, args = [], env = [] } = parts;
  const section = (name: string, lines: readonly string[]) =>
    lines.length === 0 ? '' : `${name}:\n${lines.map((line) => `  ${line}\n`).join('')}`;
  return (
    (model === undefined ? '' : `model_id: ${model}\n`) +
    `metadata:\n  engine: ${engine}\n  gpu: ${gpu}\n  precision: ${precision}\n  gpu_count: ${count}\n  metric: latency\n  type: unoptimized\n` +
    section('engine_args', args) +
    section('env_vars', env)
  );
}

describe('rules', () => {
  let context: LintContext;
  beforeAll(async () => {
    context = await contextFor(PINNED_VERSION);
  });
  const rulesOf = (text: string): string[] => checkFile(toFile(text), context, selection).map(({ rule }) => rule);

  it.each<[string, string]>([
    ['a bare profile', profile({})],
    [
      'human integers',
      profile({ model: 'Qwen/Qwen3-32B', precision: 'bf16', args: ['dtype: bfloat16', 'max-model-len: 32k'] }),
    ],
    ['a key inside of a JSON argument', profile({ args: ['compilation-config.level: 3'] })],
    ['pipelines', profile({ count: 8, args: ['pipeline-parallel-size: 2', 'tensor-parallel-size: 4'] })],
    ['data parallel replicas', profile({ count: 8, args: ['data-parallel-size: 4', 'tensor-parallel-size: 2'] })],
    ['SGLang with its own names', profile({ engine: 'sglang', count: 2, args: ['tp-size: 2'] })],
    ['variables of SGLang', profile({ engine: 'sglang', env: ['SGLANG_ANYTHING: "x"'] })],
    ['an unknown GPU', profile({ gpu: 'NONE', precision: 'fp8', env: ['GPU_ARCHS: "gfx942"'] })],
    ['several architectures', profile({ env: ['GPU_ARCHS: "gfx90a;gfx942"'] })],
    ['a model on S3', profile({ model: 's3://bucket/some-model', precision: 'fp8' })],
    ['online quantisation', profile({ model: 'Qwen/Qwen3-32B', precision: 'fp8', args: ['quantization: fp8'] })],
    ['an fp8 cache with fp16 weights', profile({ args: ['dtype: float16', 'kv-cache-dtype: fp8'] })],
    ['asynchronous scheduling without an executor', profile({ args: ['async-scheduling:'] })],
    [
      'a context that is meant to be longer',
      profile({
        model: 'Qwen/Qwen3-32B',
        args: ['dtype: auto', 'max-model-len: 65536'],
        env: ['VLLM_ALLOW_LONG_MAX_MODEL_LEN: "1"'],
      }),
    ],
    [
      'variables of components below the engine',
      profile({ env: ['HIPBLASLT_LOG_MASK: "32"', 'MIOPEN_FIND_MODE: "3"'] }),
    ],
    ['markers of a vocabulary', profile({ args: ['hf-overrides: {"eos_token_id": 2, "pad_token": "<pad>"}'] })],
    ['folders of the image', profile({ env: ['HF_HOME: /workspace/model-cache'] })],
    [
      'tokens that are counts',
      profile({ args: ['long-prefill-token-threshold: 4096', 'max-num-batched-tokens: 8192'] }),
    ],
    [
      'the newer names of metadata',
      profile({}).replace('gpu:', 'accelerator_model:').replace('gpu_count:', 'accelerator_count:'),
    ],
  ])('have nothing to say to %s', (_, text) => {
    expect(rulesOf(text)).toEqual([]);
  });

  it.each<[string, string, string]>([
    ['gpu-count', 'no tensor-parallel-size', profile({ count: 2 })],
    ['gpu-count', 'three GPUs', profile({ count: 3, args: ['tensor-parallel-size: 3'] })],
    [
      'engine-arg-conflict',
      'a step below the batch',
      profile({ args: ['max-num-batched-tokens: 128', 'max-num-seqs: 256'] }),
    ],
    [
      'engine-arg-requires',
      'EPLB without experts',
      profile({ count: 2, args: ['enable-eplb:', 'tensor-parallel-size: 2'] }),
    ],
    [
      'engine-arg-conflict',
      'uneven context parallelism',
      profile({ count: 4, args: ['decode-context-parallel-size: 3', 'tensor-parallel-size: 4'] }),
    ],
    ['async-scheduling', 'pipelines', profile({ count: 2, args: ['async-scheduling:', 'pipeline-parallel-size: 2'] })],
    ['engine-arg-range', 'zero sequences', profile({ args: ['max-num-seqs: 0'] })],
    ['engine-arg-value', 'a truth value for a number', profile({ args: ['max-num-seqs: true'] })],
    [
      'engine-arg-unknown',
      'an argument of the other engine',
      profile({ engine: 'sglang', args: ['max-model-len: 4096'] }),
    ],
    ['precision-checkpoint', 'fp8 of weights in bfloat16', profile({ model: 'Qwen/Qwen3-32B', precision: 'fp8' })],
    ['precision-native', 'fp4 before gfx950', profile({ model: 'acme/Demo-MXFP4', precision: 'fp4' })],
    ['memory-fit', 'weights that are too large', profile({ model: 'meta-llama/Llama-3.1-405B-Instruct' })],
    ['env-var-unknown', 'a variable of nobody', profile({ env: ['VLLM_NO_SUCH_THING: "1"'] })],
    ['env-var-unknown', 'a variable of the container', profile({ env: ['AIM_PORT: "9000"'] })],
    ['env-var-value', 'a word for 1 or 0', profile({ env: ['VLLM_ALLOW_INSECURE_SERIALIZATION: "yes"'] })],
    ['secret-value', 'a token by its form', profile({ args: ['served-tag: hf_abcdefghijklmnop'] })],
    [
      'secret-value',
      'a password deep in an argument',
      profile({ args: ['kv-transfer-config: { extra: [{ password: hunter2hunter2 }] }'] }),
    ],
    ['secret-value', 'a token in a list', profile({ args: ['middleware: [a, hf_abcdefghijklmnop]'] })],
    ['secret-value', 'a token in a variable that is no text', profile({ env: ['X: [hf_abcdefghijklmnop]'] })],
    ['user-path', 'a home folder in an argument', profile({ args: ['download-dir: ~/models'] })],
    ['user-path', 'a home folder in a list', profile({ args: ['allowed-paths: [/home/alice/x]'] })],
    [
      'user-path',
      'a home folder inside of an object',
      profile({ args: ['speculative-config: { model: /home/alice/draft }'] }),
    ],
    [
      'engine-arg-twice',
      'two names of one argument',
      profile({ engine: 'sglang', count: 2, args: ['tensor-parallel-size: 8', 'tp-size: 2'] }),
    ],
    [
      'gpu-count',
      'the last of two names',
      profile({ engine: 'sglang', count: 8, args: ['tensor-parallel-size: 8', 'tp-size: 2'] }),
    ],
    ['env-var-string', 'an empty variable', profile({ env: ['HF_HUB_OFFLINE:'] })],
  ])('%s sees %s', (rule, _, text) => {
    expect(rulesOf(text)).toContain(rule);
  });

  it('never quote a secret', () => {
    const texts = [
      profile({ env: ['HF_TOKEN: hf_abcdefghijklmnop', 'HF_HOME: /home/x?token=hf_abcdefghijklmnop'] }),
      profile({ args: ['api-key: hf_abcdefghijklmnop', 'dtype: hf_abcdefghijklmnop'] }),
    ];
    const findings = texts.flatMap((text) => checkFile(toFile(text), context, selection));
    expect(findings.length).toBeGreaterThan(3);
    expect(JSON.stringify(findings)).not.toContain('abcdefghijklmnop');
  });

  it('count the last of two names of an argument', () => {
    const text = profile({ engine: 'sglang', count: 2, args: ['tensor-parallel-size: 8', 'tp-size: 2'] });
    expect(rulesOf(text)).not.toContain('gpu-count');
    expect(rulesOf(text.replace('gpu_count: 2', 'gpu_count: 8'))).toContain('gpu-count');
  });

  it('name the place of a value inside of an argument', () => {
    const text = profile({ args: ['speculative-config:', '  model: /home/alice/draft'] });
    const [finding] = checkFile(
      toFile(text),
      context,
      selectRules({ levels: new Map(), minimum: 'info' }, ['user-path']),
    );
    expect(finding).toMatchObject({
      line: text.split('\n').findIndex((line) => line.includes('alice')) + 1,
      column: 12,
    });
    expect(finding?.message).toContain('engine_args.speculative-config.model');
  });

  it('know no wrong value of an argument that only another version has', async () => {
    const added = await contextFor(findEngineVersion('main-20260807')!);
    const text = profile({ args: ['attention-backend: TRITON_ATTN'] });
    const values = checkFile(toFile(text), added, selection).map(({ rule }) => rule);
    expect(values).toEqual([]);
  });

  it('judge by the version that is asked for', async () => {
    const text = profile({ args: ['swap-space: 4'], env: ['VLLM_USE_V1: "1"'] });
    const old = await contextFor(findEngineVersion('0.11.1rc-main-20251102')!);
    const late = await contextFor(findEngineVersion('main-20260807')!);
    const rules = (of: LintContext) => checkFile(toFile(text), of, selection).map(({ rule }) => rule);
    expect(rules(old)).toEqual(['engine-arg-ends', 'env-var-ends']);
    expect(rules(context)).toEqual(['engine-arg-ends', 'env-var-removed']);
    expect(rules(late)).toEqual(['engine-arg-removed', 'env-var-removed']);
  });
});
