import { basename, dirname, relative } from 'node:path';
import { findProfileFiles, profileName, type Layer, type SearchPath } from 'aim-runtime/profile';
import type { LintFacts } from './facts.ts';
import type { LintFile } from './lint-file.ts';

/** What rules may ask for besides their file. */
export interface LintContext {
  readonly facts: LintFacts;
  /**
   * The profiles that the runtime finds in the layer of a profile, or in the folder that a model's metadata is about,
   * linted or not, in the order of their names. The same list for files of the same layer.
   */
  profilesBeside(file: LintFile): readonly LintFile[];
  /** Another file of the run, or from the disk. */
  open(path: string): LintFile;
  /** True when the file or folder exists. */
  exists(path: string): boolean;
}

/** What a context is made of. */
export interface ContextParts {
  readonly facts: LintFacts;
  /** Reads a file, or gives the one that was read before. */
  readonly open: (path: string) => LintFile;
  readonly exists: (path: string) => boolean;
}

/** Context whose answers are remembered for the run. */
export function createContext({ facts, open, exists }: ContextParts): LintContext {
  const known = new Map<string, readonly LintFile[]>();
  return {
    facts,
    open,
    exists,
    profilesBeside: (file) => {
      const place = layerOf(file);
      const key = `${place.layer} ${place.model ?? ''} ${place.root}`;
      const list = known.get(key) ?? pathsIn(place).map(open).filter(isProfile);
      known.set(key, list);
      return list;
    },
  };
}

function isProfile({ kind }: LintFile): boolean {
  return kind === 'profile';
}

/** One layer of a profiles folder. */
interface LayerPlace extends SearchPath {
  readonly layer: Layer;
}

/** Metadata stands for the model layer; outside of a profiles folder its own folder is taken for the model's. */
function layerOf({ root, layer = 'model', model, path }: LintFile): LayerPlace {
  if (root !== undefined) return { root, layer, model: layer === 'model' ? model : undefined };
  const folder = dirname(path);
  const above = dirname(dirname(folder));
  return { root: above, layer, model: layer === 'model' ? relative(above, folder) : undefined };
}

function pathsIn({ layer, ...search }: LayerPlace): string[] {
  return listFiles(search)
    .filter((file) => file.layer === layer)
    .map(({ path }) => ({ path, name: profileName(basename(path)) }))
    .sort((a, b) => Number(a.name > b.name) - Number(a.name < b.name))
    .map(({ path }) => path);
}

function listFiles(search: SearchPath): ReturnType<typeof findProfileFiles> {
  try {
    return findProfileFiles(search);
  } catch {
    // What cannot be listed is reported where it is linted.
    return [];
  }
}

const groups = new WeakMap<readonly LintFile[], Map<string, Map<string, LintFile[]>>>();

/** Files of a list by a key, computed once for each list and purpose; files without a key are left out. */
export function groupFiles(
  files: readonly LintFile[],
  purpose: string,
  keyOf: (file: LintFile) => string | undefined,
): ReadonlyMap<string, readonly LintFile[]> {
  const known = groups.get(files) ?? new Map<string, Map<string, LintFile[]>>();
  groups.set(files, known);
  const before = known.get(purpose);
  if (before) return before;
  const byKey = new Map<string, LintFile[]>();
  for (const file of files) {
    const key = keyOf(file);
    if (key === undefined) continue;
    const group = byKey.get(key);
    if (group) group.push(file);
    else byKey.set(key, [file]);
  }
  known.set(purpose, byKey);
  return byKey;
}
