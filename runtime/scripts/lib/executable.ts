import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';

const require = createRequire(import.meta.url);
type Wrap = (source: string) => string;
const { wrap, wrapPart } = require('./wrapper.cjs') as { wrap: Wrap; wrapPart: Wrap };

/** Marker inside the Node.js binary that postject flips; documented with Node's single executable applications. */
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

export interface ExecutableOptions {
  readonly bundle: string;
  readonly codeCache: string;
  /** Bundles that are loaded on demand, by name. */
  readonly parts: Readonly<Record<string, string>>;
  readonly work: string;
  readonly output: string;
}

/** Puts the bundles and the bytecode into a copy of the Node.js that runs this script. Returns the executable's path. */
export function buildExecutable(options: ExecutableOptions): string {
  const { work } = options;
  writeFileSync(join(work, 'bundle.wrapped.cjs'), wrap(readFileSync(options.bundle, 'latin1')), 'latin1');
  const parts = Object.entries(options.parts).map(([name, path]) => {
    const file = `${name}.wrapped.cjs`;
    writeFileSync(join(work, file), wrapPart(readFileSync(path, 'latin1')), 'latin1');
    return [name, file] as const;
  });
  copyFileSync(join(import.meta.dirname, 'launcher.cjs'), join(work, 'launcher.cjs'));
  // Relative paths: the blob keeps the launcher's path, and bytes must not depend on where the checkout lies.
  const config = {
    main: 'launcher.cjs',
    output: 'sea.blob',
    disableExperimentalSEAWarning: true,
    execArgvExtension: 'none', // NODE_OPTIONS is for programs of the image that are Node.js to their users
    useCodeCache: false, // the launcher is a few lines, and this cache would differ from build to build
    assets: {
      ...Object.fromEntries(parts),
      bundle: 'bundle.wrapped.cjs',
      'code-cache': relative(work, options.codeCache),
    },
  };
  writeFileSync(join(work, 'sea.json'), JSON.stringify(config));
  execFileSync(process.execPath, ['--experimental-sea-config', 'sea.json'], {
    cwd: work,
    stdio: 'pipe',
  });
  const unfinished = join(options.work, 'aim-runtime');
  copyFileSync(process.execPath, unfinished);
  chmodSync(unfinished, 0o755);
  const postject = require.resolve('postject/dist/cli.js');
  // Its output is read only by an error: it warns of section names that this does not touch.
  const args = [postject, unfinished, 'NODE_SEA_BLOB', join(work, 'sea.blob'), '--sentinel-fuse', FUSE];
  execFileSync(process.execPath, args, { stdio: 'pipe' });
  renameSync(unfinished, options.output);
  return options.output;
}
