import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findRecipes } from './find.ts';
import { possibleSlugs } from './names.ts';

const RECIPES = join(import.meta.dirname, '../../../recipes');
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'aim-recipes-'));
  cpSync(RECIPES, folder, { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true }));

const idsOf = (model: string) => findRecipes(folder, model).recipes.map(({ recipe }) => recipe.recipe_id);
const copy = (from: string, to: string, ...changes: [string | RegExp, string][]) => {
  let text = readFileSync(join(RECIPES, `${from}.yaml`), 'utf8').replaceAll(from, to);
  for (const [find, replace] of changes) text = text.replaceAll(find, replace);
  writeFileSync(join(folder, `${to}.yaml`), text);
};

describe('finding the recipes of a model', () => {
  it('knows full and shortened names, in any case of letters', () => {
    expect(idsOf('Qwen/Qwen3-32B')).toEqual(['qwen3-32b-mi250-bf16']);
    expect(idsOf('qwen/qwen3-32b')).toEqual(['qwen3-32b-mi250-bf16']);
    expect(idsOf('meta-llama/Llama-3-8B-Instruct')).toEqual(['llama-3-8b-mi250-fp16']);
    expect(idsOf('meta-llama/Llama-3.1-405B-Instruct')).toEqual(['llama-3-1-405b-mi300x-fp8']);
    expect(idsOf('deepseek-ai/DeepSeek-R1-0528')).toEqual(['deepseek-r1-mi300x-mixed']);
    expect(possibleSlugs('amd/Llama-3.1-405B-Instruct-FP8-KV')).toContain('llama-3-1-405b-fp8-kv');
  });

  it('leaves out models whose names begin alike', () => {
    copy(
      'qwen3-32b-mi250-bf16',
      'qwen3-32b-mi300x-bf16',
      [/MI250/g, 'MI300X'],
      [/Qwen\/Qwen3-32B/g, 'Qwen/Qwen3-32B-FP8'],
    );
    expect(idsOf('Qwen/Qwen3-32B')).toEqual(['qwen3-32b-mi250-bf16']);
    expect(idsOf('Qwen/Qwen3-32B-FP8')).toEqual(['qwen3-32b-mi300x-bf16']);
    expect(idsOf('Qwen/Qwen3')).toEqual([]);
  });

  it('reads no file of another model', () => {
    writeFileSync(join(folder, 'llama-3-8b-mi300x-fp16.yaml'), 'broken: [');
    const found = findRecipes(folder, 'Qwen/Qwen3-32B');
    expect(found.invalid).toEqual([]);
    expect(found.recipes).toHaveLength(1);
  });

  it('names the files that cannot be used', () => {
    copy('qwen3-32b-mi250-bf16', 'qwen3-32b-mi250-fp16');
    writeFileSync(join(folder, 'qwen3-32b-mi300x-fp8.yaml'), 'recipe_id: 1\n');
    const { recipes, invalid } = findRecipes(folder, 'Qwen/Qwen3-32B');
    expect(recipes.map(({ recipe }) => recipe.recipe_id)).toEqual(['qwen3-32b-mi250-fp16', 'qwen3-32b-mi250-bf16']);
    expect(invalid).toEqual([
      { path: join(folder, 'qwen3-32b-mi300x-fp8.yaml'), problems: expect.arrayContaining([]) as unknown },
    ]);
    expect(invalid[0]?.problems.length).toBeGreaterThan(0);
  });

  it('finds none in a folder that is empty or missing', () => {
    mkdirSync(join(folder, 'empty'));
    expect(findRecipes(join(folder, 'empty'), 'Qwen/Qwen3-32B')).toEqual({ recipes: [], invalid: [] });
    expect(findRecipes(join(folder, 'missing'), 'Qwen/Qwen3-32B')).toEqual({ recipes: [], invalid: [] });
  });
});
