import { statSync } from 'node:fs';
import { isIP } from 'node:net';
import { basename, resolve } from 'node:path';
import { createProfileParser, describeProblem, loadProfiles, readProfile } from 'aim-runtime/profile';
import type { Engine, EngineArgs, Metric, Precision, Profile } from 'aim-runtime/profile';
import { nearest } from 'aim-runtime/system';
import { failure } from '../exit-codes.ts';
import { listModels } from '../images/catalog.ts';
import { parseAimId } from '../images/names.ts';
import { findRecipeProfiles, loadRecipeProfiles, type RecipeWish } from './recipe-profiles.ts';

/** What a user asks `launch` for. */
export interface LaunchRequest {
  readonly model: string;
  readonly gpuCount: number | undefined;
  readonly precision: Precision | undefined;
  readonly backend: Engine;
  readonly metric: Metric;
  /** Port of the host; undefined for the next free one. */
  readonly port: number | undefined;
  /** Address of the host to listen on. */
  readonly address: string;
  readonly image: string | undefined;
  readonly registry: string | undefined;
  /** Id of a profile, or a file with one. */
  readonly profile: string | undefined;
  /** File of a recipe, whose configurations are then the only profiles. */
  readonly recipe: string | undefined;
  readonly name: string | undefined;
  /** GPUs by number, render node or PCI address; undefined for free ones. */
  readonly gpus: readonly string[] | undefined;
  readonly engineArgs: EngineArgs;
  readonly cacheDir: string;
  /** Variables for the container. */
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly test: boolean;
  readonly detach: boolean;
}

/** The profiles a model may be served with. */
export interface ModelProfiles {
  /** The model's id as the profiles spell it. */
  readonly model: string;
  readonly profiles: readonly Profile[];
  /** Which of them recipes that were found made, and what a person should know of each. */
  readonly recipes: ReadonlyMap<Profile, readonly string[]>;
  /** The profile that was named. */
  readonly named: Profile | undefined;
  /** What a person should know about them. */
  readonly notes: readonly string[];
}

const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;

/** Checks the model's name: `org/model`, `hf://org/model` or an address of a bucket. @throws AimError usage */
export function parseModel(text: string): string {
  if (/^s3:\/\/[^/]+\/.+/.test(text)) return text;
  return parseAimId(text.replace(/^hf:\/\//, ''));
}

/** Checks `--name`. @throws AimError usage */
export function parseName(text: string): string {
  if (NAME.test(text)) return text;
  throw failure('usage', {
    message: `"${text}" is no name of a container`,
    hint: 'Use letters, digits, "_", "." and "-", a letter or digit first.',
  });
}

/** Checks `--bind`. @throws AimError usage */
export function parseAddress(text: string): string {
  if (isIP(text) !== 0) return text;
  throw failure('usage', {
    message: `--bind: "${text}" is no IP address`,
    hint: 'Give one of this host, such as 127.0.0.1, or 0.0.0.0 for all.',
  });
}

/**
 * Reads the model's profiles and the general ones from `folder`, and those that the model's recipes make from
 * `recipeFolder`, where there is one; or those of the recipe that was named alone. @throws AimError usage or check-failed
 */
export async function loadModelChoices(
  folder: string,
  request: Pick<LaunchRequest, 'model' | 'profile' | 'recipe' | 'metric'>,
  recipeFolder?: string,
): Promise<ModelProfiles> {
  const wanted = request.model.toLowerCase();
  const model = listModels(folder).find((known) => known.toLowerCase() === wanted) ?? request.model;
  const { recipe, metric } = request;
  const { profiles, notes, recipes } =
    recipe === undefined
      ? await loadCatalogue({ folder, recipeFolder }, { model, metric })
      : { ...(await loadRecipeProfiles(recipe, { model, metric })), recipes: new Map<Profile, readonly string[]>() };
  const named = request.profile === undefined ? undefined : findNamed(request.profile, profiles);
  return { model, profiles, recipes, named, notes };
}

async function loadCatalogue(
  { folder, recipeFolder }: { readonly folder: string; readonly recipeFolder: string | undefined },
  wanted: RecipeWish,
): Promise<Pick<ModelProfiles, 'profiles' | 'recipes' | 'notes'>> {
  const { profiles } = loadProfiles({ root: folder, model: wanted.model });
  if (recipeFolder === undefined) return { profiles, recipes: new Map(), notes: [] };
  const { recipes, notes } = await findRecipeProfiles(recipeFolder, wanted);
  return { profiles: [...profiles, ...recipes.keys()], recipes, notes };
}

function findNamed(text: string, profiles: readonly Profile[]): Profile {
  if (statSync(text, { throwIfNoEntry: false })?.isFile() === true) return loadFile(resolve(text));
  const found = profiles.find(({ id }) => id === text || id.endsWith(`/${text}`));
  if (found !== undefined) return found;
  const ids = profiles.map(({ id }) => id);
  const close = nearest(text, ids);
  throw failure('usage', {
    message: `--profile names "${text}", which is neither a file nor a profile of this model`,
    details: ids.slice(0, 20),
    hint: close === undefined ? 'See the profiles with aimctl profile list.' : `Did you mean ${close}?`,
  });
}

function loadFile(path: string): Profile {
  const result = readProfile({ path, name: basename(path), layer: 'custom' }, createProfileParser());
  if ('profile' in result) return result.profile;
  throw failure('check-failed', {
    message: `${path} is no valid profile`,
    details: result.problems.map((problem) => describeProblem(path, problem)),
  });
}
