/** An npm package inside the runtime's executable. */
export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** SPDX expression as the package states it; undefined when it states none. */
  readonly license: string | undefined;
  /** SHA-512 of the published archive, hexadecimal. */
  readonly sha512: string | undefined;
}

interface LockEntry {
  readonly version?: string;
  readonly license?: string;
  readonly integrity?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}
type Lock = Readonly<Record<string, LockEntry>>;

/** The runtime's folder in the lock file, and the package whose program its executable is made of. */
const RUNTIME = 'runtime';
const ENGINE = 'node';

/**
 * What npm's lock file (version 3) says the runtime is made of: its dependencies, theirs, and Node.js itself,
 * sorted by name and version. The executable holds these or less, as unused code is left out of it.
 * @throws SyntaxError when it is no JSON
 */
export function parseBundledPackages(lockText: string): BundledPackage[] {
  const lock = (JSON.parse(lockText) as { packages?: Lock }).packages ?? {};
  const found = new Map<string, BundledPackage>();
  const open = [...dependenciesOf(lock, RUNTIME), ...resolve(lock, '', ENGINE)];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (found.has(path)) continue;
    found.set(path, toPackage(path, lock[path] ?? {}));
    // The package of Node.js depends on its installer, which is no part of the program.
    if (path !== `node_modules/${ENGINE}`) open.push(...dependenciesOf(lock, path));
  }
  return [...new Map([...found.values()].map((item) => [keyOf(item), item])).values()].sort((a, b) =>
    keyOf(a) < keyOf(b) ? -1 : 1,
  );
}

function dependenciesOf(lock: Lock, path: string): string[] {
  const { dependencies = {}, optionalDependencies = {} } = lock[path] ?? {};
  return Object.keys({ ...dependencies, ...optionalDependencies }).flatMap((name) => resolve(lock, path, name));
}

/** Path of the package that `name` means to the package at `from`: the nearest node_modules folder that has it. */
function resolve(lock: Lock, from: string, name: string): string[] {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/')))) {
    const path = `${folder}${folder === '' ? '' : '/'}node_modules/${name}`;
    if (lock[path] !== undefined) return [path];
    // An optional dependency of another platform is not in the file.
    if (folder === '') return [];
  }
}

function toPackage(path: string, { version = '', license, integrity }: LockEntry): BundledPackage {
  const [, base64] = /^sha512-(\S+)/.exec(integrity ?? '') ?? [];
  return {
    name: path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length),
    version,
    license,
    sha512: base64 === undefined ? undefined : Buffer.from(base64, 'base64').toString('hex'),
  };
}

function keyOf({ name, version }: BundledPackage): string {
  return `${name}@${version}`;
}
