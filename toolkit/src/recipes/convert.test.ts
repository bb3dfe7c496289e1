import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkEngineArgs, loadEngineTable, renderArgs, type EngineTable } from 'aim-runtime/engine';
import { createProfileParser, loadProfiles, parseYaml, type Profile } from 'aim-runtime/profile';
import validateRecipe, { type RecipeFile } from '../generated/recipe.js';
import { formatProfile } from '../profiles/format.ts';
import { readArguments } from './arguments.ts';
import { checkRecipe } from './check.ts';
import { planExport } from './export.ts';
import { renderRecipe } from './files.ts';
import { planImport } from './import.ts';

const ROOT = join(import.meta.dirname, '../../..');
const LATENCY = { metric: 'latency' } as const;

function recipe(name: string): RecipeFile {
  const yaml = parseYaml(readFileSync(join(ROOT, 'recipes', `${name}.yaml`), 'utf8'));
  const value = yaml.ok ? yaml.value : undefined;
  if (!validateRecipe(value)) throw new Error(`${name} is not valid`);
  return value;
}

function parse(text: string, name: string): Profile {
  const result = createProfileParser()({ path: name, name, layer: 'custom' }, text);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.profile;
}

const importAll = async (from: RecipeFile) =>
  (await planImport(from, LATENCY)).drafts.map(({ text, fileName }) => parse(text, fileName));

describe('importing a recipe', () => {
  it('makes one profile of each configuration, with typed arguments of the engine', async () => {
    const { drafts } = await planImport(recipe('qwen3-32b-mi250-bf16'), LATENCY);
    expect(drafts.map(({ fileName }) => fileName)).toEqual([
      'vllm-mi250x-bf16-tp1-latency.yaml',
      'vllm-mi250x-bf16-tp2-latency.yaml',
      'vllm-mi250x-bf16-tp4-latency.yaml',
      'vllm-mi250x-bf16-tp8-latency.yaml',
      'sglang-mi250x-bf16-tp1-latency.yaml',
    ]);
    expect(drafts[2]?.engineArgs).toEqual({
      dtype: 'bfloat16',
      'tensor-parallel-size': 4,
      'max-num-seqs': 24,
      'max-model-len': 32768,
      'gpu-memory-utilization': 0.9,
      'trust-remote-code': null,
    });
    expect(drafts[4]?.engineArgs).toEqual({
      dtype: 'bfloat16',
      'max-running-requests': 3,
      'context-length': 32768,
      'mem-fraction-static': 0.9,
      'trust-remote-code': null,
    });
  });

  it('makes files that are valid, formatted and accepted by the engine', async () => {
    for (const name of readdirSync(join(ROOT, 'recipes'))) {
      const { drafts } = await planImport(recipe(name.replace('.yaml', '')), LATENCY);
      expect(drafts.length).toBeGreaterThan(0);
      for (const draft of drafts) {
        expect(formatProfile(draft.text)).toBe(draft.text);
        const { engineArgs, metadata } = parse(draft.text, draft.fileName);
        expect(engineArgs).toEqual(draft.engineArgs);
        expect(metadata).toEqual(draft.metadata);
        expect(await checkEngineArgs(metadata.engine, engineArgs)).toEqual([]);
      }
    }
  });

  it('tells every translation with its place', async () => {
    const { notes } = await planImport(recipe('llama-3-8b-mi250-fp16'), LATENCY);
    expect(notes.map(({ path, message }) => `${path.join('.')}: ${message}`)).toEqual([
      'hardware: MI250 means the MI250X of profiles',
      'vllm_serve.1_gpu.args.--model: --model is left out: it comes from AIM_MODEL_ID or model_id of the profile',
      'vllm_serve.1_gpu.args.--max-batch-size: --max-batch-size is not a flag of vllm: it becomes max-num-seqs',
      'vllm_serve.1_gpu.args.--max-context-len: --max-context-len is not a flag of vllm: it becomes max-model-len',
      'vllm_serve.1_gpu.args.--port: --port is left out: it comes from AIM_PORT',
    ]);
  });

  it('reads mixed precision by what is served, and says so', async () => {
    const mixed = recipe('deepseek-r1-mi300x-mixed');
    const { drafts, notes } = await planImport(mixed, LATENCY);
    expect(drafts.map(({ metadata }) => metadata.precision)).toEqual(['int4']);
    expect(notes.map(({ message }) => message)).toContain('precision mixed is served as int4');
    const silent = { ...mixed, vllm_serve: { '1_gpu': { enabled: true, args: {} } } };
    expect((await planImport(silent, LATENCY)).drafts).toEqual([]);
    expect((await planImport(silent, LATENCY)).notes[0]?.message).toMatch(/neither quantization nor dtype/);
  });

  it('leaves out what is disabled and numbers of GPUs that profiles do not have', async () => {
    const base = recipe('llama-3-8b-mi250-fp16');
    const serve = { '1_gpu': { enabled: false }, '3_gpu': { enabled: true, args: { '--tensor-parallel-size': '3' } } };
    const { drafts, notes } = await planImport({ ...base, vllm_serve: serve }, LATENCY);
    expect(drafts).toEqual([]);
    expect(notes.map(({ path }) => path.join('.'))).toEqual(['hardware', 'vllm_serve.1_gpu', 'vllm_serve.3_gpu']);
  });

  it('reports arguments that the engine refuses', async () => {
    const base = recipe('llama-3-8b-mi250-fp16');
    const serve = { '1_gpu': { enabled: true, args: { '--gpu-memory-utilization': '9' } } };
    const { notes } = await planImport({ ...base, vllm_serve: serve }, LATENCY);
    expect(notes.map(({ message }) => message).join('\n')).toMatch(/vllm would refuse gpu-memory-utilization/);
  });
});

describe('reading flags', () => {
  let vllm: EngineTable;
  beforeAll(async () => {
    vllm = await loadEngineTable('vllm');
  });
  const read = (args: Record<string, string | number | boolean | null>) => readArguments(args, vllm);

  it.each([
    [{ '--trust-remote-code': 'true' }, { 'trust-remote-code': null }],
    [{ '--trust-remote-code': 'false' }, { 'no-trust-remote-code': null }],
    [{ '--no-enable-prefix-caching': 'true' }, { 'no-enable-prefix-caching': null }],
    [{ '--no-enable-prefix-caching': 'false' }, { 'enable-prefix-caching': null }],
    [{ '--max_num_seqs': 8 }, { 'max-num-seqs': 8 }],
    [{ '--max-model-len': '32k' }, { 'max-model-len': '32k' }],
    [{ '--tokenizer': '1.0' }, { tokenizer: '1.0' }],
    [{ '--hf-overrides': '{"a": 1}' }, { 'hf-overrides': { a: 1 } }],
    [{ '--seed': '99999999999999999999' }, { seed: '99999999999999999999' }],
    [{ '--dtype': 'float8' }, { quantization: 'fp8' }],
    [{ '--dtype': 'int4' }, {}],
    [{ '--max-batch-size': '4', '--max-num-seqs': '8' }, { 'max-num-seqs': 8 }],
    [{ '--port': '8000', '--model': 'a/b', '--served-model-name': 'x' }, {}],
    [{ '--of-the-future': '7' }, { 'of-the-future': 7 }],
  ])('%j is %j', (args, expected) => {
    expect(read(args).engineArgs).toEqual(expected);
  });

  it('tells which of two names for one argument it takes', () => {
    expect(read({ '--max-batch-size': '4', '--max-num-seqs': '8' }).notes.at(-1)).toEqual({
      flag: '--max-batch-size',
      message: 'is left out: max-num-seqs is given, too',
    });
  });
});

describe('round trips', () => {
  it('of the recipes here: profiles of an export of them are the same profiles', async () => {
    for (const name of readdirSync(join(ROOT, 'recipes'))) {
      const profiles = await importAll(recipe(name.replace('.yaml', '')));
      const { recipes } = planExport(profiles, LATENCY);
      expect(recipes.flatMap((each) => checkRecipe(renderRecipe(each), `${each.recipe_id}.yaml`).problems)).toEqual([]);
      const again = (await Promise.all(recipes.map(importAll))).flat();
      expect(again.map(({ metadata, engineArgs }) => ({ metadata, engineArgs }))).toEqual(
        profiles.map(({ metadata, engineArgs }) => ({ metadata, engineArgs })),
      );
    }
  });

  it('of the catalogue: every profile comes back with the same command line', async () => {
    let compared = 0;
    for (const model of ['Qwen/Qwen3-32B', 'openai/gpt-oss-20b', 'meta-llama/Llama-3.1-8B-Instruct']) {
      const all = loadProfiles({ root: join(ROOT, 'profiles'), model }).profiles;
      const profiles = all.filter(({ layer, metadata }) => layer === 'model' && metadata.metric === 'latency');
      const back = (await Promise.all(planExport(profiles, LATENCY).recipes.map(importAll))).flat();
      for (const profile of profiles) {
        const twin = back.find(
          ({ modelId, metadata: { gpu, gpuCount, precision } }) =>
            modelId === profile.modelId &&
            gpu === profile.metadata.gpu &&
            gpuCount === profile.metadata.gpuCount &&
            precision === profile.metadata.precision,
        );
        const words = (args: Profile['engineArgs']) => renderArgs(args).toSorted();
        const expected = words({ ...profile.engineArgs, ...tensorParallel(profile) });
        expect(words(twin?.engineArgs ?? {})).toEqual(expected);
        compared++;
      }
    }
    expect(compared).toBeGreaterThan(20);
  });

  it('of any recipe of engine flags', async () => {
    const value = fc.record(
      {
        '--max-num-seqs': fc.nat(4096).map(String),
        '--gpu-memory-utilization': fc.integer({ min: 1, max: 99 }).map((percent) => String(percent / 100)),
        '--tokenizer': fc.stringMatching(/^[\w./-]{1,20}$/),
        '--enforce-eager': fc.constant('true'),
        '--hf-overrides': fc
          .dictionary(fc.stringMatching(/^[a-z]{1,5}$/), fc.oneof(fc.integer(), fc.string(), fc.boolean()))
          .map((each) => JSON.stringify(each)),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(value, fc.constantFrom(1, 2, 4, 8), async (args, count) => {
        const from: RecipeFile = {
          ...recipe('llama-3-8b-mi250-fp16'),
          vllm_serve: {
            [`${count}_gpu`]: { enabled: true, args: { ...args, '--tensor-parallel-size': String(count) } },
          },
        };
        const profiles = await importAll(from);
        const again = (await Promise.all(planExport(profiles, LATENCY).recipes.map(importAll))).flat();
        expect(again.map(({ engineArgs }) => engineArgs)).toEqual(profiles.map(({ engineArgs }) => engineArgs));
      }),
      { numRuns: 100 },
    );
  });

  describe('of profiles that share GPUs out', () => {
    const sglang = (gpuCount: number, args: string) =>
      parse(
        `aim_id: org/model
model_id: org/model
metadata: {engine: sglang, gpu: MI300X, precision: fp8, gpu_count: ${gpuCount}, metric: latency, type: optimized}
engine_args: {${args}}
`,
        'sglang-mi300x-fp8-latency.yaml',
      );

    it.each([
      [2, 'context_length: 8, tp-size: 2', { '--context-length': '8', '--tensor-parallel-size': '2' }],
      [2, 'tensor-parallel-size: 8, tp_size: 2', { '--tensor-parallel-size': '2' }],
      [4, 'context-length: 8', { '--context-length': '8', '--tensor-parallel-size': '4' }],
      [
        4,
        'tp: 4, dp-size: 4, enable-dp-attention: null',
        {
          '--tensor-parallel-size': '4',
          '--data-parallel-size': '4',
          '--enable-dp-attention': 'true',
        },
      ],
    ])('a recipe for %i GPUs with %s is valid', (gpuCount, args, expected) => {
      const { recipes, notes } = planExport([sglang(gpuCount, args)], LATENCY);
      expect(notes).toEqual([]);
      expect(recipes.map((each) => each.sglang_serve?.[`${gpuCount}_gpu`]?.args)).toEqual([
        { '--model-path': 'org/model', ...expected },
      ]);
      expect(recipes.flatMap((each) => checkRecipe(renderRecipe(each), `${each.recipe_id}.yaml`).problems)).toEqual([]);
    });

    it.each([
      [2, 'pp-size: 2'],
      [4, 'dp_size: 4'],
      [8, 'tensor-parallel-size: 4, pipeline-parallel-size: 2'],
      [8, 'tp-size: 4'],
    ])('none is made for %i GPUs with %s, which is told', (gpuCount, args) => {
      const { recipes, notes } = planExport([sglang(gpuCount, args)], LATENCY);
      expect(recipes).toEqual([]);
      expect(notes).toMatchObject([{ message: expect.stringMatching(/shares \d out in another way/) as string }]);
    });
  });

  it('tells what a recipe cannot say', () => {
    const { profiles } = loadProfiles({ root: join(ROOT, 'profiles'), model: 'Qwen/Qwen3-32B' });
    const { notes } = planExport(profiles, LATENCY);
    const messages = notes.map(({ message }) => message).join('\n');
    expect(messages).toMatch(/recipes have no environment: GPU_ARCHS/);
    expect(messages).toMatch(/is tuned for throughput/);
    expect(messages).toMatch(/aim_id Qwen\/Qwen3-32B is left out: .*Qwen3-32B-FP8/);
    expect(messages).toMatch(/names no model/);
  });
});

/** What the export adds where a profile leaves the engine's default. */
function tensorParallel({ engineArgs, metadata }: Profile): Profile['engineArgs'] {
  return 'tensor-parallel-size' in engineArgs || metadata.gpuCount === 1
    ? {}
    : { 'tensor-parallel-size': metadata.gpuCount };
}
