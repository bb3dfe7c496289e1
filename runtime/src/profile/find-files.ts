import { readdirSync, statSync, type Dirent } from 'node:fs';
import { join } from 'node:path';
import { AimError, messageOf, systemCode } from '../system/errors.ts';
import type { RuntimeErrorCode } from '../exit-codes.ts';
import type { Layer } from './types.ts';

/** A file that claims to be a profile by its place and name. */
export interface ProfileFile {
  readonly path: string;
  readonly name: string;
  readonly layer: Layer;
}

/** Which folders are searched. */
export interface SearchPath {
  /** The profiles folder. */
  readonly root: string;
  /** `<org>/<model>` whose folder is the model layer; undefined leaves the layer out. */
  readonly model: string | undefined;
}

/** Names that are no profiles although they end in `.yaml`: the model's own description lies beside them. */
const NO_PROFILES = new Set(['metadata.yaml']);

/**
 * Lists the profile files of the folders that can matter, depth first and sorted, so that the cost does not grow
 * with other models' profiles. Folders are entered, linked folders inside a layer and the `..data` folders of
 * Kubernetes volumes are not; a layer itself may be a link. Our own layers hold `.yaml` only; the custom layer is
 * the user's and may hold `.yml` too. Throws AimError `config` when a layer cannot be read; of a folder within one,
 * such as a volume's lost+found, `onUnreadable` is told, and what lies in it is left out.
 */
export function findProfileFiles(search: SearchPath, onUnreadable: (problem: AimError) => void = fail): ProfileFile[] {
  const found: ProfileFile[] = [];
  const walkLayer = (folder: string, layer: Layer) => {
    walk(folder, { layer, found, onUnreadable });
  };
  walkLayer(join(search.root, 'custom'), 'custom');
  if (search.model !== undefined && isModelFolder(search.model)) walkLayer(join(search.root, search.model), 'model');
  walkLayer(join(search.root, 'general'), 'general');
  return found;
}

function fail(problem: AimError): never {
  throw problem;
}

/** A model's folder is named `<org>/<model>`; the other two layers are no models. */
function isModelFolder(model: string): boolean {
  return model.includes('/') && !model.startsWith('general/') && !model.startsWith('custom/');
}

interface Walk {
  readonly layer: Layer;
  readonly found: ProfileFile[];
  readonly onUnreadable: (problem: AimError) => void;
}

function walk(
  folder: string,
  { layer, found, onUnreadable }: Walk,
  onProblem: (problem: AimError) => void = fail,
): void {
  const below: string[] = [];
  for (const entry of entriesOf(folder, onProblem).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      if (!entry.name.startsWith('..')) below.push(path);
    } else if (isProfileName(entry.name, layer) && (entry.isFile() || isLinkToFile(path, entry))) {
      found.push({ path, name: entry.name, layer });
    }
  }
  for (const path of below) walk(path, { layer, found, onUnreadable }, onUnreadable);
}

function isProfileName(name: string, layer: Layer): boolean {
  return (name.endsWith('.yaml') || (layer === 'custom' && name.endsWith('.yml'))) && !NO_PROFILES.has(name);
}

function isLinkToFile(path: string, entry: Dirent): boolean {
  return entry.isSymbolicLink() && statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function entriesOf(folder: string, onProblem: (problem: AimError) => void): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    onProblem(
      new AimError<RuntimeErrorCode>('config', {
        message: `cannot read the profiles folder ${folder}: ${messageOf(error)}`,
        hint: 'Give this user read access to it, or set AIM_PROFILE_PATH to another folder.',
        cause: error,
      }),
    );
    return [];
  }
}
