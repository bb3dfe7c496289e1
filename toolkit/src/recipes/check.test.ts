import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkRecipe, RECIPE_CHECKS } from './check.ts';
import { HARDWARE, RECIPE_PRECISIONS } from './names.ts';
import report from '../../../schemas/cli/recipe-validate.schema.json' with { type: 'json' };
import schema from '../../../schemas/recipe.schema.json' with { type: 'json' };

const FOLDER = join(import.meta.dirname, '../../../recipes');
const NAME = 'qwen3-32b-mi250-bf16.yaml';
const TEXT = readFileSync(join(FOLDER, NAME), 'utf8');

/** `line:column check: message` of a recipe with a part of its text replaced. */
function problemsOf(find: string | RegExp, replace: string, name = NAME): string[] {
  const text = TEXT.replace(find, replace);
  expect(text === TEXT && find !== '').toBe(false);
  return checkRecipe(text, name).problems.map(
    ({ line, column, check, severity, message }) => `${line}:${column} ${severity} ${check}: ${message}`,
  );
}

describe('checking a recipe', () => {
  it.each(readdirSync(FOLDER))('finds nothing in %s', (name) => {
    expect(checkRecipe(readFileSync(join(FOLDER, name), 'utf8'), basename(name)).problems).toEqual([]);
  });

  it('finds what the schema forbids, where it is written', () => {
    expect(problemsOf('precision: bf16', 'precision: bf61')).toEqual([
      expect.stringMatching(/^6:1 error schema: precision is "bf61"; allowed: .*mixed$/),
    ]);
    expect(problemsOf('"1_gpu"', '"one_gpu"')).toEqual([
      expect.stringMatching(/^9:3 error schema: vllm_serve\.one_gpu is not a known key$/),
    ]);
    expect(problemsOf('--dtype: bfloat16', 'dtype: bfloat16')[0]).toMatch(/^13:7 error schema: .*args\.dtype is not/);
    expect(problemsOf('enabled: true', 'enabled: sometimes')[0]).toMatch(/^10:5 error schema: .*boolean/);
    expect(problemsOf('hardware: MI250', 'hardware: [')[0]).toMatch(/^\d+:\d+ error schema: /);
  });

  it('finds a repeated key', () => {
    expect(problemsOf('precision: bf16', 'precision: bf16\nprecision: fp16')[0]).toMatch(/^7:1 error schema: a key is/);
  });

  it('compares recipe_id with the name of the file', () => {
    expect(problemsOf('', '', 'other-mi250-bf16.yaml')).toEqual([
      '2:12 error recipe-id: recipe_id is qwen3-32b-mi250-bf16, but the file is named other-mi250-bf16.yaml',
    ]);
    expect(problemsOf(/^recipe_id: .*/m, 'recipe_id: my-recipe', 'my-recipe.yaml')).toEqual([
      expect.stringMatching(/^2:12 warning recipe-id: launch will not find my-recipe\.yaml/),
    ]);
  });

  it('compares the ids of the model with each other and with what is served', () => {
    expect(problemsOf('huggingface_id: Qwen/Qwen3-32B', 'huggingface_id: Qwen/Qwen3-8B')).toEqual([
      '4:17 error model-id: huggingface_id is Qwen/Qwen3-8B, model_id is Qwen/Qwen3-32B: they must be the same',
    ]);
    expect(problemsOf('--model: Qwen/Qwen3-32B', '--model: Qwen/Qwen3-8B')).toEqual([
      expect.stringMatching(/^12:16 error model-id: --model is Qwen\/Qwen3-8B/),
    ]);
  });

  it('wants a configuration that is enabled', () => {
    expect(problemsOf(/enabled: true/g, 'enabled: false')).toEqual(['10:5 error enabled: no configuration is enabled']);
    expect(problemsOf(/vllm_serve:[^]*/, '')).toEqual([expect.stringMatching(/^2:1 error enabled: there is no conf/)]);
  });

  it('compares the tensor-parallel size with the number of GPUs', () => {
    expect(problemsOf('--tensor-parallel-size: "4"', '--tensor-parallel-size: "2"')).toEqual([
      expect.stringMatching(
        /^\d+:31 error tensor-parallel: --tensor-parallel-size is 2, but vllm_serve\.4_gpu is for 4/,
      ),
    ]);
    expect(problemsOf(/ +--tensor-parallel-size: "2"\n/, '')).toEqual([
      expect.stringMatching(
        /^20:3 error tensor-parallel: there is no --tensor-parallel-size, which means 1, but .*2_gpu/,
      ),
    ]);
    expect(problemsOf('--tensor-parallel-size: "2"', '--tensor-parallel-size: 2')).toEqual([]);
  });

  it('reports several at once', () => {
    const text = TEXT.replace('huggingface_id: Qwen/Qwen3-32B', 'huggingface_id: a/b').replaceAll('true', 'false');
    expect(new Set(checkRecipe(text, 'x.yaml').problems.map(({ check }) => check))).toEqual(
      new Set(['recipe-id', 'model-id', 'enabled']),
    );
  });

  it('has the checks that its reports may name', () => {
    const { problems } = report.properties.files.items.properties;
    expect(RECIPE_CHECKS).toEqual(problems.items.properties.check.enum);
  });

  it('knows the same hardware and precisions as the schema', () => {
    expect(HARDWARE).toEqual(schema.properties.hardware.enum);
    expect(RECIPE_PRECISIONS).toEqual(schema.properties.precision.enum);
  });
});
