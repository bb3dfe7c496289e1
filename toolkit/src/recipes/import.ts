import { checkEngineArgs, loadEngineTable, type EngineArgProblem } from 'aim-runtime/engine';
import type { EngineArgs, Metric, Precision, YamlPath } from 'aim-runtime/profile';
import type { RecipeFile } from '../generated/recipe.js';
import { profileFileName } from '../profiles/naming.ts';
import { readArguments } from './arguments.ts';
import { listConfigurations, type RecipeConfiguration } from './configurations.ts';
import { profileGpu } from './names.ts';
import { renderProfile, type ProfileContent } from './render-profile.ts';

/** A profile that a recipe's configuration becomes. */
export interface ProfileDraft extends ProfileContent {
  /** File name, `<engine>-<gpu>-<precision>-tp<n>-<metric>.yaml`. */
  readonly fileName: string;
  /** Text of the file. */
  readonly text: string;
}

/** Something that is not the same in the profile as in the recipe; `path` leads to it in the recipe. */
export interface ImportNote {
  readonly path: YamlPath;
  readonly message: string;
}

export interface ImportPlan {
  readonly drafts: readonly ProfileDraft[];
  readonly notes: readonly ImportNote[];
}

/** Numbers of GPUs that profiles can have. */
const PROFILE_GPU_COUNTS = [1, 2, 4, 8];

/** The profiles of a recipe's enabled configurations, one for each. Nothing is written. */
export async function planImport(recipe: RecipeFile, options: { readonly metric: Metric }): Promise<ImportPlan> {
  const notes: ImportNote[] = [];
  if (recipe.hardware === 'MI250') {
    notes.push({ path: ['hardware'], message: 'MI250 means the MI250X of profiles' });
  }
  const drafts: ProfileDraft[] = [];
  for (const configuration of listConfigurations(recipe)) {
    const { path, enabled, gpuCount } = configuration;
    if (!enabled) notes.push({ path, message: 'is not enabled: no profile is made of it' });
    else if (!PROFILE_GPU_COUNTS.includes(gpuCount)) {
      notes.push({ path, message: `profiles are for ${PROFILE_GPU_COUNTS.join(', ')} GPUs: none is made of it` });
    } else {
      const made = await importConfiguration(recipe, configuration, options.metric);
      notes.push(...made.notes);
      if (made.draft) drafts.push(made.draft);
    }
  }
  return { drafts, notes };
}

async function importConfiguration(
  recipe: RecipeFile,
  { engine, gpuCount, args, path }: RecipeConfiguration,
  metric: Metric,
): Promise<{ draft?: ProfileDraft; notes: readonly ImportNote[] }> {
  const read = readArguments(args, await loadEngineTable(engine));
  const notes: ImportNote[] = read.notes.map(({ flag, message }) => ({
    path: [...path, 'args', flag],
    message: `${flag} ${message}`,
  }));
  const precision = recipe.precision === 'mixed' ? servedPrecision(read.engineArgs) : recipe.precision;
  if (precision === undefined) {
    const message =
      'precision is mixed and neither quantization nor dtype says what is served: no profile is made of it';
    return { notes: [...notes, { path, message }] };
  }
  if (recipe.precision === 'mixed') notes.push({ path, message: `precision mixed is served as ${precision}` });
  const problems = await checkEngineArgs(engine, read.engineArgs);
  const gpu = profileGpu(recipe.hardware);
  const content: ProfileContent = {
    aimId: recipe.model_id,
    modelId: recipe.huggingface_id,
    metadata: {
      engine,
      gpu,
      precision,
      gpuCount,
      metric,
      manualSelectionOnly: false,
      type: 'unoptimized',
    },
    engineArgs: read.engineArgs,
    envVars: {},
  };
  return {
    draft: {
      ...content,
      fileName: profileFileName(content.metadata),
      text: renderProfile(content),
    },
    notes: [...notes, ...problems.map((problem) => ({ path, message: `${engine} would refuse ${describe(problem)}` }))],
  };
}

function describe({ path, message, allowed }: EngineArgProblem): string {
  return `${path}: ${message}${allowed === undefined ? '' : ` (allowed: ${allowed})`}`;
}

const BY_QUANTIZATION: readonly (readonly [RegExp, Precision])[] = [
  [/^(?:awq|gptq|moe_wna16|w4a|rtn|qoq)/, 'int4'],
  [/mxfp4|nvfp4|fp4/, 'fp4'],
  [/fp8/, 'fp8'],
  [/int8/, 'int8'],
];
const BY_DTYPE: Readonly<Record<string, Precision>> = {
  bfloat16: 'bf16',
  float16: 'fp16',
  half: 'fp16',
  float32: 'fp32',
  float: 'fp32',
};

/** What `mixed` comes down to: the format of the weights by their quantization, else by the data type. */
function servedPrecision({ quantization, dtype }: EngineArgs): Precision | undefined {
  const method = typeof quantization === 'string' ? quantization : undefined;
  const known = method === undefined ? undefined : BY_QUANTIZATION.find(([pattern]) => pattern.test(method))?.[1];
  return known ?? (typeof dtype === 'string' ? BY_DTYPE[dtype] : undefined);
}
