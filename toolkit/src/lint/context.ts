import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { profileName } from 'aim-runtime/profile';
import type { LintFacts } from './facts.ts';
import type { LintFile } from './lint-file.ts';

/** What rules may ask for besides their file. */
export interface LintContext {
  readonly facts: LintFacts;
  /** The profiles right in a folder, linted or not, in the order of their ids. The same list for the same folder. */
  profilesIn(folder: string): readonly LintFile[];
  /** All profiles of the custom layer below a profiles folder. The same list for the same folder. */
  customProfiles(root: string): readonly LintFile[];
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
  const isProfile = (file: LintFile): boolean => file.kind === 'profile';
  const list = (folder: string, recursive: boolean): readonly LintFile[] =>
    namesIn(folder, recursive)
      .filter((name) => /\.ya?ml$/.test(name))
      .map((name) => ({ name, id: profileName(name) }))
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .map(({ name }) => open(join(folder, name)))
      .filter(isProfile);
  return {
    facts,
    open,
    exists,
    profilesIn: remember((folder) => list(folder, false)),
    customProfiles: remember((root) => list(join(root, 'custom'), true)),
  };
}

function remember<Result>(compute: (key: string) => Result): (key: string) => Result {
  const known = new Map<string, Result>();
  return (key) => {
    const before = known.get(key);
    if (before !== undefined) return before;
    const result = compute(key);
    known.set(key, result);
    return result;
  };
}

function namesIn(folder: string, recursive: boolean): string[] {
  try {
    return readdirSync(folder, { recursive, encoding: 'utf8' });
  } catch {
    // No such folder, no profiles: what cannot be listed is reported where it is linted.
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
