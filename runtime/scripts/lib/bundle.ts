import { build } from 'esbuild';

/** One CommonJS file with everything that aim-runtime needs besides Node.js itself. Returns its path. */
export async function buildBundle(options: { entry: string; output: string; version: string }): Promise<string> {
  await build({
    entryPoints: [options.entry],
    outfile: options.output,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    minifySyntax: true,
    legalComments: 'none',
    charset: 'ascii', // the executable hands the text to V8 one byte per character
    define: { AIM_RUNTIME_VERSION: JSON.stringify(options.version) },
    logLevel: 'warning',
  });
  return options.output;
}
