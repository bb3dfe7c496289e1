import { build, type Plugin } from 'esbuild';

/** Parts of the program that are loaded on demand, by the module whose dynamic import brings them in. */
export const PARTS = {
  'check-file': 'src/commands/check-file.ts',
  'memory-check': 'src/commands/memory-check.ts',
  'serve-supervised': 'src/commands/serve-supervised.ts',
  'sglang-table': 'src/engine/sglang-table.ts',
  transfer: 'src/model/transfer.ts',
  'vllm-table': 'src/engine/vllm-table.ts',
} as const;
/** The executable's launcher finds a part under its name with this before it. */
const PART_SCHEME = 'aim-runtime:';

export interface BundleOptions {
  readonly entry: string;
  readonly output: string;
  readonly version: string;
}

/** One CommonJS file with everything that `entry` needs besides Node.js itself and the parts. Returns its path. */
export async function buildBundle(options: BundleOptions): Promise<string> {
  await build({
    entryPoints: [options.entry],
    outfile: options.output,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    supported: { 'dynamic-import': false }, // the launcher offers require only
    minifySyntax: true,
    legalComments: 'none',
    charset: 'ascii', // the executable hands the text to V8 one byte per character
    define: { AIM_RUNTIME_VERSION: JSON.stringify(options.version) },
    plugins: [partsApart],
    logLevel: 'warning',
  });
  return options.output;
}

const partsApart: Plugin = {
  name: 'parts-apart',
  setup: (builder) => {
    builder.onResolve({ filter: /\.ts$/ }, ({ path, kind }) => {
      if (kind !== 'dynamic-import') return undefined;
      const part = Object.entries(PARTS).find(([, entry]) => entry.endsWith(path.replace(/^(?:\.\.?\/)+/, '/')));
      return part && { path: `${PART_SCHEME}${part[0]}`, external: true };
    });
  },
};
