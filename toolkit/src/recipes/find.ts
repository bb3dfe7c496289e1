import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { DocumentProblem } from '../documents/check.ts';
import { readDocument } from '../documents/files.ts';
import type { RecipeFile } from '../generated/recipe.js';
import { checkRecipe } from './check.ts';
import { HARDWARE, possibleSlugs, RECIPE_PRECISIONS, recipeId } from './names.ts';

/** A recipe with the file it comes from. */
export interface LoadedRecipe {
  readonly path: string;
  readonly recipe: RecipeFile;
}

/** A model's recipes. */
export interface FoundRecipes {
  readonly recipes: readonly LoadedRecipe[];
  /** Files by the model's name that cannot be used. */
  readonly invalid: readonly { readonly path: string; readonly problems: readonly DocumentProblem[] }[];
}

/**
 * A model's recipes in a folder, the most specific names first. Asks for the names that the convention allows instead
 * of listing the folder, so that its cost does not depend on how many other recipes there are. A folder that does not
 * exist holds none.
 */
export function findRecipes(folder: string, modelId: string): FoundRecipes {
  const found = { recipes: [] as LoadedRecipe[], invalid: [] as FoundRecipes['invalid'][number][] };
  if (!existsSync(folder)) return found;
  const wanted = modelId.toLowerCase();
  for (const path of possiblePaths(folder, modelId)) {
    if (!existsSync(path)) continue;
    const { data, problems } = checkRecipe(readDocument(path), basename(path));
    const errors = problems.filter(({ severity }) => severity === 'error');
    if (data && data.model_id.toLowerCase() !== wanted) continue; // another model whose name begins alike
    if (data && errors.length === 0) found.recipes.push({ path, recipe: data });
    else found.invalid.push({ path, problems: errors });
  }
  return found;
}

/** Reads one recipe. Problems are those of its validation; `recipe` is undefined when it does not fit the schema. */
export function loadRecipe(path: string): {
  readonly recipe: RecipeFile | undefined;
  readonly document: ReturnType<typeof checkRecipe>;
} {
  const document = checkRecipe(readDocument(path), basename(path));
  return { recipe: document.data, document };
}

function possiblePaths(folder: string, modelId: string): string[] {
  return possibleSlugs(modelId).flatMap((slug) =>
    HARDWARE.flatMap((hardware) =>
      RECIPE_PRECISIONS.map((precision) => join(folder, `${recipeId(slug, hardware, precision)}.yaml`)),
    ),
  );
}
