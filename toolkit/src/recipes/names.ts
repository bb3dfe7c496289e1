import type { RecipeFile } from '../generated/recipe.js';

export type Hardware = RecipeFile['hardware'];
export type RecipePrecision = RecipeFile['precision'];

/** Values a recipe's name may end in, as the schema has them. */
export const HARDWARE: readonly Hardware[] = [
  'MI100',
  'MI210',
  'MI250',
  'MI250X',
  'MI300A',
  'MI300X',
  'MI308X',
  'MI325X',
  'MI350X',
  'MI355X',
];
export const RECIPE_PRECISIONS: readonly RecipePrecision[] = [
  'fp4',
  'fp8',
  'fp16',
  'fp32',
  'bf16',
  'int4',
  'int8',
  'mixed',
];

/** A word that recipe names leave out of the model's name at times: `llama-3-8b` for Llama-3-8B-Instruct. */
const OPTIONAL_WORD = 'instruct';

/** A model's name as file names have it: `qwen3-32b` for Qwen/Qwen3-32B. */
export function modelSlug(modelId: string): string {
  return (modelId.split('/').at(-1) ?? '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
}

/** Name of a recipe by the convention `<model>-<hardware>-<precision>`. */
export function recipeId(slug: string, hardware: Hardware, precision: RecipePrecision): string {
  return `${slug}-${hardware.toLowerCase()}-${precision}`;
}

/**
 * Every slug that may stand for the model: its name, its name without `instruct`, and both cut at a dash, the longest
 * first. `deepseek-r1` is one of DeepSeek-R1-0528.
 */
export function possibleSlugs(modelId: string): string[] {
  const words = modelSlug(modelId).split('-');
  const whole = [words, words.filter((word) => word !== OPTIONAL_WORD)];
  const slugs = whole.flatMap((list) => list.map((_, index) => list.slice(0, index + 1).join('-')));
  return [...new Set(slugs)].filter((slug) => slug !== '').sort((a, b) => b.length - a.length);
}

/** GPU model in a profile: the MI250 of recipes is a pair of dies that profiles call MI250X. */
export function profileGpu(hardware: Hardware): Exclude<Hardware, 'MI250'> {
  return hardware === 'MI250' ? 'MI250X' : hardware;
}

/** Hardware of a recipe for a profile's GPU model; undefined for GPUs that recipes do not know. */
export function recipeHardware(gpu: string): Hardware | undefined {
  return gpu === 'MI250X' ? 'MI250' : HARDWARE.find((each) => each === gpu);
}
