import { basename, join } from 'node:path';
import { countParameters, findModelFacts, totalParameters } from 'aim-runtime/estimate';
import { nearestNames } from 'aim-runtime/system';
import { listYamlFiles, readDocument, type CheckedFile } from '../documents/files.ts';
import { failure } from '../exit-codes.ts';
import type { ModelFile } from '../generated/model.js';
import { findRecipes } from '../recipes/find.ts';
import { checkModel, profilesOf } from './check.ts';

/** Folders of data that the catalogue speaks of. */
export interface CatalogueFolders {
  readonly models: string;
  readonly profiles: string;
  readonly recipes: string;
}

/** A model as the list shows it. */
export interface ModelEntry {
  readonly id: string;
  readonly name: string;
  readonly publisher: string;
  readonly description: string | null;
  readonly family: string;
  readonly size: string;
  /** Computed from the known dimensions, else as written; null when neither is there. */
  readonly parameters: number | null;
  readonly precisions: readonly string[];
  readonly licence: string;
  readonly gated: boolean;
  readonly tags: readonly string[];
  readonly variants: readonly string[];
  readonly profiles: string | null;
}

/** Everything about one model. */
export interface ModelDetails extends ModelEntry {
  readonly dimensions: {
    readonly architecture: string;
    readonly layers: number;
    readonly hidden_size: number;
    readonly context: number | null;
  } | null;
  readonly serving: readonly {
    readonly profile: string;
    readonly engine: string;
    readonly gpu: string;
    readonly gpu_count: number;
    readonly precision: string;
    readonly metric: string;
    readonly type: string;
  }[];
  /** Ids of its recipes. */
  readonly recipes: readonly string[];
}

/** Checks files of the catalogue. @throws AimError usage when one cannot be read */
export function checkModelFiles(paths: readonly string[], profiles: string): CheckedFile[] {
  return paths.map((file) => ({ file, problems: checkModel(readDocument(file), basename(file), profiles).problems }));
}

/** All models of a folder, by id; with `tag` those that have it. @throws AimError check-failed for an invalid file */
export function loadModels(folders: CatalogueFolders, tag?: string): ModelEntry[] {
  return loadFiles(folders)
    .filter(({ tags }) => tag === undefined || tags.includes(tag))
    .map(describeModel)
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** One model by its id or its name alone. @throws AimError usage with the nearest ids */
export function loadModel(folders: CatalogueFolders, wanted: string): ModelDetails {
  const files = loadFiles(folders);
  const name = wanted.toLowerCase();
  const model = files.find(({ id }) => id.toLowerCase() === name || id.toLowerCase().endsWith(`/${name}`));
  if (!model) throw unknownModel(wanted, files);
  const shape = findModelFacts(model.id)?.shape;
  return {
    ...describeModel(model),
    dimensions: shape
      ? {
          architecture: shape.architecture,
          layers: shape.layers,
          hidden_size: shape.hiddenSize,
          context: shape.maxPositions ?? null,
        }
      : null,
    serving: profilesOf(model, folders.profiles).map(({ id, metadata }) => ({
      profile: id,
      engine: metadata.engine,
      gpu: metadata.gpu,
      gpu_count: metadata.gpuCount,
      precision: metadata.precision,
      metric: metadata.metric,
      type: metadata.type,
    })),
    recipes: findRecipes(folders.recipes, model.id).recipes.map(({ recipe }) => recipe.recipe_id),
  };
}

function describeModel(model: ModelFile): ModelEntry {
  const shape = findModelFacts(model.id)?.shape;
  return {
    id: model.id,
    name: model.name,
    publisher: model.publisher,
    description: model.description ?? null,
    family: model.family,
    size: model.size,
    parameters: shape ? totalParameters(countParameters(shape)) : (model.parameters ?? null),
    precisions: model.precisions,
    licence: model.licence,
    gated: model.gated,
    tags: model.tags,
    variants: model.variants ?? [],
    profiles: model.profiles,
  };
}

function loadFiles({ models, profiles }: CatalogueFolders): ModelFile[] {
  return listYamlFiles(models).map((file) => {
    const { data, problems } = checkModel(readDocument(file), basename(file), profiles);
    if (data) return data;
    throw failure('check-failed', {
      message: `${file} is no entry of the model catalogue`,
      details: problems.map(({ line, column, message }) => `${file}:${line}:${column}: ${message}`),
      hint: 'aimctl model validate says more.',
    });
  });
}

function unknownModel(wanted: string, files: readonly ModelFile[]): Error {
  const ids = files.map(({ id }) => id);
  const bare = (id: string) => id.split('/').at(-1) ?? id;
  const near = wanted.includes('/') ? nearestNames(wanted, ids) : nearestNames(wanted, ids.map(bare));
  return failure('usage', {
    message: `there is no model ${wanted} in the catalogue`,
    hint: near.length > 0 ? `Did you mean ${near.join(' or ')}?` : 'aimctl model list shows all.',
  });
}

/** The folders that belong to this program, or the given ones. */
export function catalogueFolders(
  root: string,
  given: { readonly models?: string | undefined; readonly profiles?: string | undefined } = {},
): CatalogueFolders {
  return {
    models: given.models ?? join(root, 'models'),
    profiles: given.profiles ?? join(root, 'profiles'),
    recipes: join(root, 'recipes'),
  };
}
