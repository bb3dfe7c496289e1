import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildBundle, PARTS } from './lib/bundle.ts';
import { buildCodeCache } from './lib/code-cache.ts';
import { buildExecutable } from './lib/executable.ts';
import packageJson from '../package.json' with { type: 'json' };

const runtime = join(import.meta.dirname, '..');
const dist = join(runtime, 'dist');
mkdirSync(dist, { recursive: true });
// A folder of its own, and one rename at the end: whoever runs the executable meanwhile has a whole one.
const work = mkdtempSync(join(dist, 'parts-'));
try {
  const { version } = packageJson;
  const entry = join(runtime, 'src/main.ts');
  const bundle = await buildBundle({ entry, output: join(work, 'aim-runtime.cjs'), version });
  const parts: Record<string, string> = {};
  for (const [name, module] of Object.entries(PARTS)) {
    const output = join(work, `${name}.cjs`);
    parts[name] = await buildBundle({ entry: join(runtime, module), output, version });
  }
  const profiles = join(runtime, '..', 'profiles');
  const codeCache = buildCodeCache({ bundle, output: join(work, 'code-cache.bin'), profiles });
  const executable = buildExecutable({ bundle, codeCache, parts, work, output: join(dist, 'aim-runtime') });
  process.stderr.write(`${executable}\n`);
} finally {
  rmSync(work, { recursive: true, force: true });
}
