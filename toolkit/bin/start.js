// Starts the programs of this package. This file must also run on old versions of Node.js: they hand over to the pinned one.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import nodeModule, { createRequire } from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const OLDEST_NODE = 24;
const packageRoot = dirname(dirname(fileURLToPath(import.meta.url)));

/** Path of the Node.js that this package depends on, or undefined. */
function findPinnedNode() {
  try {
    const folder = dirname(createRequire(import.meta.url).resolve('node/package.json'));
    const file = join(folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
    return existsSync(file) ? file : undefined;
  } catch {
    return undefined;
  }
}

/** Runs this program again with another Node.js and ends as that run ends. */
function relaunch(node) {
  const child = spawn(node, process.argv.slice(1), {
    stdio: 'inherit',
    env: { ...process.env, AIMCTL_RELAUNCHED: '1' },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    process.stderr.write(`Error: cannot start ${node}: ${error.message}\n`);
    process.exitCode = 4;
  });
  child.on('exit', (status, signal) => {
    process.exitCode = signal === null ? status : 128 + constants.signals[signal];
  });
}

/** Runs the program: from its sources in a clone, so that nothing stale is run, else from the built files. */
async function run(program) {
  // Halves the start of every run after the first; without a folder to write to it does nothing.
  nodeModule.enableCompileCache();
  const sources = existsSync(join(packageRoot, 'src'));
  const entry = join(packageRoot, sources ? 'src/main.ts' : 'dist/main.js');
  const { main } = await import(pathToFileURL(entry).href);
  const commands = sources ? `./src/commands/${program.module}.ts` : `./dist/commands/${program.module}.js`;
  await main({ ...program, packageRoot, commands, argv: process.argv.slice(2) });
}

/** Starts the program of this name; `table` is the export of a module in commands/ that holds its commands. */
export async function start(program) {
  if (Number(process.versions.node.split('.')[0]) >= OLDEST_NODE) return run(program);
  const node = process.env.AIMCTL_RELAUNCHED === '1' ? undefined : findPinnedNode();
  if (node !== undefined) return relaunch(node);
  process.stderr.write(
    `Error: ${program.name} needs Node.js ${OLDEST_NODE} or newer, this is ${process.version}.\n` +
      'The version it brings along is missing: install aimctl again with install scripts allowed, or update Node.js.\n',
  );
  process.exitCode = 4;
}
