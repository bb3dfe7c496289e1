import { join } from 'node:path';
import { build } from 'esbuild';

/** The load client with everything it imports as one ES module: what is shipped to the host of a server. */
export function bundleClient(): Promise<Uint8Array> {
  return bundleHelper('src/bench/client/main.ts');
}

/** A program for the host of a server, by its source below this package, as one ES module. */
export async function bundleHelper(source: string): Promise<Uint8Array> {
  const { outputFiles } = await build({
    absWorkingDir: join(import.meta.dirname, '..'),
    entryPoints: [source],
    bundle: true,
    write: false,
    minify: true,
    // Names stay readable in stack traces.
    keepNames: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    // undici is CommonJS and requires Node's own modules.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    logLevel: 'warning',
  });
  const [file] = outputFiles;
  if (file === undefined) throw new Error('the bundler wrote nothing');
  return file.contents;
}
