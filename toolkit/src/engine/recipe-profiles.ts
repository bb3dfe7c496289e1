import { basename, resolve } from 'node:path';
import { createProfileParser, describeProblem, type Metric, type Profile } from 'aim-runtime/profile';
import { failure } from '../exit-codes.ts';
import type { RecipeFile } from '../generated/recipe.js';
import { serveKey } from '../recipes/configurations.ts';
import { planImport, type ImportNote } from '../recipes/import.ts';
import { findRecipes, loadRecipe } from '../recipes/find.ts';

/** What profiles are wanted of recipes. */
export interface RecipeWish {
  readonly model: string;
  /** Recipes are tuned for none in particular: theirs is the one that is asked for. */
  readonly metric: Metric;
}

/**
 * A recipe's configurations as profiles of the user's own, and what changed on the way.
 * @throws AimError check-failed for an invalid recipe, usage for one of another model
 */
export async function loadRecipeProfiles(
  file: string,
  { model, metric }: RecipeWish,
): Promise<{ readonly profiles: readonly Profile[]; readonly notes: readonly string[] }> {
  const path = resolve(file);
  const { recipe, document } = loadRecipe(path);
  const errors = document.problems.filter(({ severity }) => severity === 'error');
  if (recipe === undefined || errors.length > 0) {
    throw failure('check-failed', {
      message: `${path} is no valid recipe`,
      details: errors.map(({ message }) => message),
      hint: `See where with aimctl recipe validate ${file}`,
    });
  }
  if (recipe.model_id.toLowerCase() !== model.toLowerCase()) {
    throw failure('usage', { message: `${path} is a recipe of ${recipe.model_id}, not of ${model}` });
  }
  const { made, notes } = await makeProfiles(path, recipe, metric);
  return { profiles: [...made.keys()], notes: notes.map(({ message }) => message) };
}

/**
 * The profiles that a model's recipes in a folder make, each with what a person should know of it, and which recipes
 * cannot be used. @throws AimError check-failed when a valid recipe makes no valid profile
 */
export async function findRecipeProfiles(
  folder: string,
  { model, metric }: RecipeWish,
): Promise<{ readonly recipes: ReadonlyMap<Profile, readonly string[]>; readonly notes: readonly string[] }> {
  const { recipes: found, invalid } = findRecipes(folder, model);
  const recipes = new Map<Profile, readonly string[]>();
  for (const { path, recipe } of found) {
    const { made } = await makeProfiles(path, recipe, metric);
    for (const [profile, notes] of made) {
      recipes.set(profile, [`the profile comes of the recipe ${recipe.recipe_id}`, ...notes]);
    }
  }
  const notes = invalid.map(
    ({ path }) => `the recipe ${basename(path)} is not valid and left out: see aimctl recipe validate ${path}`,
  );
  return { recipes, notes };
}

/** A recipe's profiles with what changed in each, and all that changed. */
async function makeProfiles(
  path: string,
  recipe: RecipeFile,
  metric: Metric,
): Promise<{ readonly made: ReadonlyMap<Profile, readonly string[]>; readonly notes: readonly ImportNote[] }> {
  const { drafts, notes } = await planImport(recipe, { metric });
  const parse = createProfileParser();
  const made = drafts.map(({ fileName, text }): [Profile, readonly string[]] => {
    const read = parse({ path: resolve(path, '..', fileName), name: fileName, layer: 'custom' }, text);
    if (read.ok) return [read.profile, notesOf(read.profile, notes)];
    const details = read.problems.map((problem) => describeProblem(path, problem));
    throw failure('check-failed', { message: `${path} makes no valid profile`, details });
  });
  return { made: new Map(made), notes };
}

/** What changed in the configuration that the profile comes of, or in the whole recipe. */
function notesOf({ metadata }: Profile, notes: readonly ImportNote[]): string[] {
  const own = (path: ImportNote['path']) =>
    path.length === 1 ||
    (path[0] === serveKey(metadata.engine) && Number.parseInt(String(path[1]), 10) === metadata.gpuCount);
  return notes.filter(({ path }) => own(path)).map(({ message }) => message);
}
