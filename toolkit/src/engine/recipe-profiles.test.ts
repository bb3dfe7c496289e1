import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadModelChoices } from './request.ts';

const ROOT = join(import.meta.dirname, '../../..');
const model = 'Qwen/Qwen3-32B';
const wanted = { model, profile: undefined, recipe: undefined, metric: 'throughput' } as const;
const ID = `custom/${model}/vllm-mi250x-bf16-tp4-throughput`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'aim-recipes-'));
  cpSync(join(ROOT, 'recipes'), folder, { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true }));

const load = (changed: object = {}, recipes: string | undefined = folder) =>
  loadModelChoices(join(ROOT, 'profiles'), { ...wanted, ...changed }, recipes);

describe('the recipes of a model', () => {
  it('make a profile of each enabled configuration, with the metric that is asked for and what changed in it', async () => {
    const { recipes, profiles, notes } = await load();
    const made = [...recipes.keys()].map(({ id }) => id);
    expect(made).toContain(ID);
    expect(made).toContain(`custom/${model}/sglang-mi250x-bf16-tp1-throughput`);
    expect(profiles.map(({ id }) => id)).toEqual(expect.arrayContaining(made));
    expect(notes).toEqual([]);
    const [, about] = [...recipes].find(([{ id }]) => id === ID) ?? [];
    expect(about?.[0]).toBe('the profile comes of the recipe qwen3-32b-mi250-bf16');
    expect(about?.filter((note) => note.startsWith('--port'))).toHaveLength(1);
  });

  it('can be named by the id of such a profile', async () => {
    expect((await load({ profile: 'vllm-mi250x-bf16-tp4-throughput' })).named?.id).toBe(ID);
  });

  it('are left out, and that is said, when they are not valid', async () => {
    const file = join(folder, 'qwen3-32b-mi250-bf16.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace('precision: bf16', 'precision: bf17'));
    const { recipes, notes } = await load();
    expect(recipes.size).toBe(0);
    expect(notes).toEqual([expect.stringContaining('the recipe qwen3-32b-mi250-bf16.yaml is not valid')]);
  });

  it('are not looked for without a folder, nor found in one that is not there', async () => {
    expect((await loadModelChoices(join(ROOT, 'profiles'), wanted)).recipes.size).toBe(0);
    expect((await load({}, join(folder, 'none'))).recipes.size).toBe(0);
  });
});
