import { existsSync } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';
import type { Layer } from 'aim-runtime/profile';

/** What a file is; rules say which kinds they are for. */
export const FILE_KINDS = ['profile', 'model-metadata', 'base-metadata', 'recipe', 'schema'] as const;
export type FileKind = (typeof FILE_KINDS)[number];

/** What a file is by its place and name. */
export interface Classified {
  readonly kind: FileKind;
  /** Folder with general/, custom/ and the organisations; undefined for a file outside of one. */
  readonly root: string | undefined;
  /** Undefined for files that are no profiles. */
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

/** Names by which files other than profiles are told; the first that fits counts. */
const BY_NAME: readonly (readonly [RegExp, FileKind])[] = [
  [/\.json$/, 'schema'],
  [/(?:^|\/)recipes\/.*\.ya?ml$/, 'recipe'],
];

/** Names that `aimctl lint` looks at when it walks a folder. */
export function isLintable(name: string): boolean {
  return /\.ya?ml$|[._]schema\.json$/.test(name);
}

/** What the file at an absolute path is; a YAML file outside any profiles folder counts as a custom profile. */
export function classify(path: string, root: string | undefined): Classified {
  const inside = root === undefined ? path : path.slice(root.length + 1);
  const steps = inside.split(sep);
  const byName = BY_NAME.find(([pattern]) => pattern.test(steps.join('/')))?.[1];
  const nowhere = { layer: undefined, model: undefined };
  if (byName !== undefined) return { kind: byName, root, ...nowhere };
  const [first = '', second = ''] = steps;
  const model = root !== undefined && steps.length > 2 ? `${first}/${second}` : undefined;
  if (steps.at(-1) === 'metadata.yaml') {
    return first === 'base' && root !== undefined
      ? { kind: 'base-metadata', root, ...nowhere }
      : { kind: 'model-metadata', root, layer: undefined, model };
  }
  if (root === undefined || first === 'custom' || model === undefined) {
    const layer = root !== undefined && first === 'general' ? 'general' : 'custom';
    return { kind: 'profile', root, layer, model: undefined };
  }
  return first === 'general'
    ? { kind: 'profile', root, layer: 'general', model: undefined }
    : { kind: 'profile', root, layer: 'model', model };
}
