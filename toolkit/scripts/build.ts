import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { createExec } from 'aim-runtime/system';
import { bundleClient, bundleHelper } from './bundle-client.ts';
import { loadStamp } from '../src/images/stamp.ts';

const packageRoot = join(import.meta.dirname, '..');
const repository = join(packageRoot, '..');
const dist = join(packageRoot, 'dist');
const assets = join(packageRoot, 'assets');
const description = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as {
  dependencies: Record<string, string>;
};

rmSync(dist, { recursive: true, force: true });
await build({
  absWorkingDir: packageRoot,
  entryPoints: {
    main: 'src/main.ts',
    'commands/index': 'src/commands/index.ts',
    'commands/endpoints': 'src/commands/endpoints.ts',
  },
  outdir: dist,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  // Installed by npm; aim-runtime is not on that list and becomes part of the bundle.
  external: Object.keys(description.dependencies),
  logLevel: 'warning',
});
writeFileSync(join(dist, 'bench-client.js'), await bundleClient());
writeFileSync(join(dist, 'bench-agent.js'), await bundleHelper('src/bench/hosts/agent/main.ts'));
writeFileSync(join(dist, 'bench-pod.js'), await bundleHelper('src/bench/hosts/kubernetes/pod/main.ts'));
writeFileSync(join(dist, 'bench-simulator.js'), await bundleHelper('src/bench/simulator/main.ts'));

rmSync(assets, { recursive: true, force: true });
mkdirSync(assets, { recursive: true });
for (const folder of ['docs/lint', 'profiles', 'schemas', 'templates', 'models', 'recipes'])
  cpSync(join(repository, folder), join(assets, folder), { recursive: true });
const sourceDateEpoch = process.env['SOURCE_DATE_EPOCH'];
const stamp = loadStamp({ folder: repository, recorded: undefined, sourceDateEpoch }, createExec(process.env));
writeFileSync(join(assets, 'source.json'), `${JSON.stringify(stamp)}\n`);
