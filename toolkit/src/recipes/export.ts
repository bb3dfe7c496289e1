import { renderJson } from 'aim-runtime/engine';
import { ENGINES, type ArgValue, type Metric, type Profile } from 'aim-runtime/profile';
import type { RecipeFile, RecipeServe } from '../generated/recipe.js';
import { argumentName } from '../profiles/argument-names.ts';
import { readGpuSplit } from '../profiles/gpu-split.ts';
import { MODEL_FLAGS } from './check.ts';
import { serveKey } from './configurations.ts';
import { modelSlug, recipeHardware, recipeId } from './names.ts';

/** Something that a profile says and a recipe cannot. */
export interface ExportNote {
  readonly profile: string;
  readonly message: string;
}

export interface ExportPlan {
  readonly recipes: readonly RecipeFile[];
  readonly notes: readonly ExportNote[];
}

/** The recipes that the profiles of one metric come to, one for each model, GPU model and precision. */
export function planExport(profiles: readonly Profile[], options: { readonly metric: Metric }): ExportPlan {
  const notes: ExportNote[] = [];
  const recipes = new Map<string, RecipeFile>();
  for (const profile of profiles) {
    const refused = refusal(profile, options.metric);
    if (refused !== undefined) {
      notes.push({ profile: profile.id, message: refused });
      continue;
    }
    notes.push(...lossesOf(profile));
    const { engine, gpuCount } = profile.metadata;
    const empty = emptyRecipe(profile);
    const recipe = recipes.get(empty.recipe_id) ?? empty;
    const serve: RecipeServe = { ...recipe[serveKey(engine)] };
    const key = `${gpuCount}_gpu`;
    if (serve[key]) notes.push({ profile: profile.id, message: `another profile already is ${key}: it is left out` });
    else serve[key] = { enabled: true, args: writeArguments(profile) };
    recipes.set(recipe.recipe_id, { ...recipe, [serveKey(engine)]: serve });
  }
  return { recipes: [...recipes.values()].map(inOrder), notes };
}

/** Why a profile becomes no recipe at all. */
function refusal({ metadata, modelId, engineArgs }: Profile, metric: Metric): string | undefined {
  if (metadata.metric !== metric)
    return `is tuned for ${metadata.metric}; recipes have no metric and ${metric} is exported`;
  if (modelId === undefined) return 'names no model';
  if (!/^[^/\s:]+\/[^/\s]+$/.test(modelId)) return `its model ${modelId} is not on the hub`;
  if (recipeHardware(metadata.gpu) === undefined) return `recipes do not know the ${metadata.gpu}`;
  const { tensor, groups } = readGpuSplit(metadata.engine, engineArgs);
  const { gpuCount } = metadata;
  if (groups === 1 && (tensor ?? gpuCount) === gpuCount) return undefined;
  return `is left out: the GPUs of a recipe are its tensor-parallel size, and this shares ${gpuCount} out in another way`;
}

function lossesOf({ id, aimId, modelId, envVars, metadata }: Profile): ExportNote[] {
  const names = Object.keys(envVars);
  const messages = [
    ...(aimId === modelId ? [] : [`aim_id ${aimId ?? ''} is left out: a recipe has one model, here ${modelId ?? ''}`]),
    ...(names.length === 0 ? [] : [`recipes have no environment: ${names.join(', ')} left out`]),
    ...(metadata.manualSelectionOnly ? ['is for manual selection only, which a recipe cannot say'] : []),
  ];
  return messages.map((message) => ({ profile: id, message }));
}

function emptyRecipe({ modelId = '', metadata }: Profile): RecipeFile {
  const hardware = recipeHardware(metadata.gpu) ?? 'MI300X';
  return {
    recipe_id: recipeId(modelSlug(modelId), hardware, metadata.precision),
    model_id: modelId,
    huggingface_id: modelId,
    hardware,
    precision: metadata.precision,
  };
}

/** A profile's arguments as a recipe writes them: by their one name, as text, the model first; of several the last counts. */
function writeArguments({ modelId = '', metadata, engineArgs }: Profile): Record<string, string> {
  const [modelFlag = '--model'] = MODEL_FLAGS[metadata.engine];
  const entries = Object.entries(engineArgs).flatMap(([name, value]) => {
    const text = writeValue(value);
    return text === undefined ? [] : [[`--${argumentName(name)}`, text] as const];
  });
  const args: Record<string, string> = { [modelFlag]: modelId, ...Object.fromEntries(entries) };
  const { gpuCount } = metadata;
  return gpuCount === 1 || args['--tensor-parallel-size'] !== undefined
    ? args
    : { ...args, '--tensor-parallel-size': String(gpuCount) };
}

/** Undefined for false, which means that the flag is not given. */
function writeValue(value: ArgValue): string | undefined {
  if (value === false) return undefined;
  if (value === null || value === true) return 'true';
  return typeof value === 'object' ? renderJson(value) : String(value);
}

/** Configurations by engine and number of GPUs, whatever the order of the profiles. */
function inOrder(recipe: RecipeFile): RecipeFile {
  const parts = ENGINES.map(serveKey).flatMap((key) => {
    const serve = recipe[key];
    if (serve === undefined) return [];
    const sorted = Object.entries(serve).sort(([a], [b]) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
    return [[key, Object.fromEntries(sorted)] as const];
  });
  return { ...recipe, ...Object.fromEntries(parts) };
}
