import { basename, join } from 'node:path';
import { dump } from 'js-yaml';
import type { Metric } from 'aim-runtime/profile';
import type { DocumentProblem } from '../documents/check.ts';
import { readDocument, type CheckedFile } from '../documents/files.ts';
import { writeDocuments, type WriteOutcome } from '../documents/write.ts';
import { failure } from '../exit-codes.ts';
import type { RecipeFile } from '../generated/recipe.js';
import { expandPaths, loadProfile } from '../profiles/find.ts';
import { checkRecipe } from './check.ts';
import { planExport } from './export.ts';
import { planImport } from './import.ts';

/** A file that a conversion made. */
export interface MadeFile {
  /** Path below the output folder. */
  readonly name: string;
  readonly text: string;
  /** Null when nothing was asked to be written. */
  readonly written: WriteOutcome | null;
}

/** One difference between what was read and what was made. */
export interface ConversionNote {
  readonly file: string;
  readonly line: number | null;
  readonly column: number | null;
  readonly message: string;
}

/** Result of `recipe import` and `recipe export`. */
export interface ConversionReport {
  readonly files: readonly MadeFile[];
  readonly notes: readonly ConversionNote[];
}

export interface ConversionOptions {
  readonly metric: Metric;
  /** Folder to write to; undefined to write nothing. */
  readonly output: string | undefined;
  readonly force: boolean;
}

/** Checks recipe files. @throws AimError usage when one cannot be read */
export function checkRecipeFiles(paths: readonly string[]): CheckedFile[] {
  return paths.map((file) => ({ file, problems: checkRecipe(readDocument(file), basename(file)).problems }));
}

/** Turns recipes into profiles, `<org>/<model>/<profile>.yaml`. @throws AimError check-failed for an invalid recipe */
export async function importRecipes(paths: readonly string[], options: ConversionOptions): Promise<ConversionReport> {
  const made = new Map<string, string>();
  const notes: ConversionNote[] = [];
  for (const file of paths) {
    const { data, problems, locate } = checkRecipe(readDocument(file), basename(file));
    const errors = problems.filter(({ severity }) => severity === 'error');
    if (!data || errors.length > 0) throw invalidRecipe(file, errors);
    const plan = await planImport(data, options);
    notes.push(...plan.notes.map(({ path, message }) => ({ file, ...locate(path), message })));
    for (const draft of plan.drafts) {
      const name = `${draft.aimId}/${draft.fileName}`;
      if (made.has(name)) notes.push({ file, ...locate([]), message: `${name} was made of another recipe: left out` });
      else made.set(name, draft.text);
    }
  }
  return { files: writeAll(made, options), notes };
}

/** Turns profiles into recipes. @throws AimError check-failed for an invalid profile, usage for a missing file */
export function exportProfiles(paths: readonly string[], options: ConversionOptions): ConversionReport {
  const profiles = expandPaths(paths).map(loadProfile);
  const plan = planExport(profiles, options);
  const made = new Map(plan.recipes.map((recipe) => [`${recipe.recipe_id}.yaml`, renderRecipe(recipe)]));
  const pathOf = (id: string) => profiles.find((profile) => profile.id === id)?.path ?? id;
  const notes = plan.notes.map(({ profile, message }) => ({
    file: pathOf(profile),
    line: null,
    column: null,
    message,
  }));
  return { files: writeAll(made, options), notes };
}

/** Text of a recipe's file. */
export function renderRecipe(recipe: RecipeFile): string {
  return `# SPDX-License-Identifier: MIT\n${dump(recipe, { lineWidth: -1, noRefs: true, quoteStyle: 'double' })}`;
}

function writeAll(made: ReadonlyMap<string, string>, { output, force }: ConversionOptions): MadeFile[] {
  const files = [...made].map(([name, text]) => ({ name, text }));
  if (output === undefined) return files.map((file) => ({ ...file, written: null }));
  const outcomes = writeDocuments(
    files.map(({ name, text }) => ({ path: join(output, name), text })),
    { force },
  );
  return files.map((file, index) => ({ ...file, written: outcomes[index] ?? null }));
}

function invalidRecipe(file: string, problems: readonly DocumentProblem[]): Error {
  return failure('check-failed', {
    message: `${file} is no valid recipe`,
    details: problems.map(({ line, column, message }) => `${file}:${line}:${column}: ${message}`),
    hint: 'aimctl recipe validate says more.',
  });
}
