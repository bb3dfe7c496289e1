import { accessSync, constants, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

type Env = Readonly<Record<string, string | undefined>>;

/** What the set-up scripts need to know about this machine. */
export interface Host {
  readonly isRoot: boolean;
  /** Debian or a distribution that says it is like Debian: apt-get installs packages. */
  readonly isDebian: boolean;
  /** True when a program of this name is on PATH. */
  readonly has: (program: string) => boolean;
}

/** Reads the machine: user, distribution and PATH. `root` stands for `/` in tests. */
export function readHost(env: Env, root = '/'): Host {
  return {
    isRoot: process.getuid?.() === 0,
    isDebian: isDebianLike(readIfThere(join(root, 'etc/os-release'))),
    has: (program) => findProgram(program, env['PATH'] ?? '') !== undefined,
  };
}

/** True when an os-release text names Debian as the distribution or its parent. */
export function isDebianLike(osRelease: string): boolean {
  const ids = [...osRelease.matchAll(/^ID(?:_LIKE)?=["']?([^"'\n]*)/gm)].flatMap((match) =>
    (match[1] ?? '').split(' '),
  );
  return ids.includes('debian');
}

/** Full path of a program on the given PATH, else undefined. */
export function findProgram(program: string, path: string): string | undefined {
  const files = path
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, program));
  return files.find((file) => canRun(file));
}

/** Text of a file; empty when it cannot be read. */
export function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function canRun(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
