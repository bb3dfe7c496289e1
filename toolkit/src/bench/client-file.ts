import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { failure } from '../exit-codes.ts';

/** What `scripts/bundle-client.ts` exports. */
interface Bundler {
  readonly bundleHelper: (source: string) => Promise<Uint8Array>;
}

/**
 * Programs that are processes of their own: the load client, the agent that looks after a host, what runs the client in
 * a pod, the simulated server.
 */
export type HelperName = 'client' | 'agent' | 'pod' | 'simulator';

/** Below this folder. */
const SOURCES: Readonly<Record<HelperName, string>> = {
  client: 'client/main.ts',
  agent: 'hosts/agent/main.ts',
  pod: 'hosts/kubernetes/pod/main.ts',
  simulator: 'simulator/main.ts',
};
const FROM_SOURCE = import.meta.filename.endsWith('.ts');

/** File that starts a program with this machine's Node: its source in a checkout, else the bundle. */
export function helperEntry(name: HelperName): string {
  if (FROM_SOURCE) return join(import.meta.dirname, SOURCES[name]);
  const bundle = `bench-${name}.js`;
  // The bundler decides whether this module is beside the bundle or a folder below it.
  const beside = join(import.meta.dirname, bundle);
  return existsSync(beside) ? beside : join(import.meta.dirname, '..', bundle);
}

/**
 * A program as one self-contained ES module for another host, whose Node has to be 22.19 or newer; in a checkout it is
 * made on the spot. Name the file `….mjs` there. @throws AimError `environment` when there is none
 */
export async function loadHelperFile(name: HelperName): Promise<Uint8Array> {
  if (!FROM_SOURCE) return readFile(helperEntry(name));
  const script = join(import.meta.dirname, '..', '..', 'scripts', 'bundle-client.ts');
  if (!existsSync(script)) {
    throw failure('environment', {
      message: `the ${name} of benchmarks cannot be bundled: ${script} is missing`,
      hint: 'Use a whole checkout, or the installed package.',
    });
  }
  // By a computed name: the script and its bundler are not part of the package.
  const { bundleHelper } = (await import(pathToFileURL(script).href)) as Bundler;
  return bundleHelper(`src/bench/${SOURCES[name]}`);
}

/** The load client, see {@link loadHelperFile}. */
export function loadClientFile(): Promise<Uint8Array> {
  return loadHelperFile('client');
}
