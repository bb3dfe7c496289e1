import { resolve } from 'node:path';
import { createProfileParser, describeProblem, type Metric, type Profile } from 'aim-runtime/profile';
import { failure } from '../exit-codes.ts';
import { planImport } from '../recipes/import.ts';
import { loadRecipe } from '../recipes/find.ts';

/**
 * A recipe's configurations as profiles of the user's own, and what changed on the way.
 * @throws AimError check-failed for an invalid recipe, usage for one of another model
 */
export async function loadRecipeProfiles(
  file: string,
  { model, metric }: { readonly model: string; readonly metric: Metric },
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
  const { drafts, notes } = await planImport(recipe, { metric });
  const parse = createProfileParser();
  const profiles = drafts.map(({ fileName, text }) => {
    const made = parse({ path: resolve(path, '..', fileName), name: fileName, layer: 'custom' }, text);
    if (made.ok) return made.profile;
    const details = made.problems.map((problem) => describeProblem(path, problem));
    throw failure('check-failed', { message: `${path} makes no valid profile`, details });
  });
  return { profiles, notes: notes.map(({ message }) => message) };
}
