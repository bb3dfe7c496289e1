import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Where this program finds what it ships. */
export interface Locations {
  /** Folder with profiles/, schemas/ and templates/: the repository, else the package's assets. */
  readonly root: string;
  /** Version of this program. */
  readonly version: string;
  /** File that names the commit the assets come from; undefined inside a repository. */
  readonly recordedStamp: string | undefined;
  /** The runtime's executable; undefined when it is in none of the usual places. */
  readonly runtime: string | undefined;
}

/** Finds the resources of the program installed at `packageRoot`: in a clone its repository, else its own assets. */
export function findLocations(packageRoot: string): Locations {
  const repository = dirname(packageRoot);
  const clone = existsSync(join(packageRoot, 'src')) && existsSync(join(repository, 'profiles'));
  const root = clone ? repository : join(packageRoot, 'assets');
  const version = readVersion(join(clone ? repository : packageRoot, 'package.json'));
  const recordedStamp = clone ? undefined : join(root, 'source.json');
  return { root, version, recordedStamp, runtime: findRuntime(packageRoot, clone ? repository : undefined) };
}

/** Built in the clone, or in an `aim-runtime` package installed where this package would find it. */
function findRuntime(packageRoot: string, repository: string | undefined): string | undefined {
  const candidates = repository === undefined ? [] : [join(repository, 'runtime/dist/aim-runtime')];
  for (let folder = packageRoot; folder !== dirname(folder); folder = dirname(folder)) {
    candidates.push(join(folder, 'node_modules/aim-runtime/dist/aim-runtime'));
  }
  return candidates.find((file) => existsSync(file));
}

function readVersion(file: string): string {
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
