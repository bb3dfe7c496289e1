import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import type { Layer } from 'aim-runtime/profile';

/** What a file is; rules say which kinds they are for. */
export const FILE_KINDS = ['profile', 'model-metadata', 'base-metadata', 'recipe', 'schema'] as const;
export type FileKind = (typeof FILE_KINDS)[number];

/** What a file is by its place and name. */
export interface Classified {
  readonly kind: FileKind;
  /** Folder with general/, custom/ and the organisations; undefined for a file outside of one. */
  readonly root: string | undefined;
  /** Undefined for files that are no profiles, and for profiles that no layer reads. */
  readonly layer: Layer | undefined;
  /** `<org>/<model>` of the folder, in the model layer and for a model's metadata. */
  readonly model: string | undefined;
}

/** Folders that a profiles folder may have besides the organisations. */
const MARKERS = ['general', 'custom', 'base'];

/** Finds the profiles folder around a path by its name or by what it holds; remembers what it saw. */
export function createRootFinder(): (folder: string) => string | undefined {
  const known = new Map<string, string | undefined>();
  const find = (folder: string): string | undefined => {
    if (known.has(folder)) return known.get(folder);
    const parent = dirname(folder);
    const root = isRoot(folder) ? folder : parent === folder ? undefined : find(parent);
    known.set(folder, root);
    return root;
  };
  return find;
}

function isRoot(folder: string): boolean {
  return basename(folder) === 'profiles' || MARKERS.filter((name) => existsSync(join(folder, name))).length > 1;
}

/** Keys that only profiles have; the model is named by recipes, too. */
const KEY_OF_PROFILES = /^(?:aim_id|metadata|engine_args|env_vars):/m;
const KEY_OF_RECIPES = /^recipe_id:/m;

/** Names that `aimctl lint` looks at when it walks a folder. */
export function isLintable(name: string): boolean {
  return /\.ya?ml$|[._]schema\.json$/.test(name);
}

/** Text of a file; empty for one that cannot be read, which is reported where it is named. */
export function readQuietly(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** True for the text of a recipe, and in a folder `recipes` for one that may become one. */
export function isRecipe(path: string, text: string): boolean {
  return KEY_OF_RECIPES.test(text) || (basename(dirname(path)) === 'recipes' && !KEY_OF_PROFILES.test(text));
}

/**
 * What the file at an absolute path is; a YAML file outside any profiles folder counts as a custom profile. The text
 * tells recipes from profiles; it is read where it is not given.
 */
export function classify(path: string, root: string | undefined, text = readQuietly(path)): Classified {
  const nowhere = { root, layer: undefined, model: undefined };
  if (path.endsWith('.json')) return { kind: 'schema', ...nowhere };
  if (isRecipe(path, text)) return { kind: 'recipe', ...nowhere };
  const steps = root === undefined ? [] : relative(root, path).split(sep);
  const [first = '', second = ''] = steps;
  const model = steps.length > 2 ? `${first}/${second}` : undefined;
  if (basename(path) === 'metadata.yaml') {
    return first === 'base' ? { kind: 'base-metadata', ...nowhere } : { kind: 'model-metadata', ...nowhere, model };
  }
  if (root === undefined || first === 'custom') return { kind: 'profile', ...nowhere, layer: 'custom' };
  // Only the custom layer, which is the user's, may hold other names.
  const isRead = path.endsWith('.yaml');
  if (first === 'general') return { kind: 'profile', ...nowhere, layer: isRead ? 'general' : undefined };
  return { kind: 'profile', root, model, layer: isRead && model !== undefined ? 'model' : undefined };
}
