/** `node scripts/simulator-tests.ts` runs the engine simulator's own tests with this machine's Python 3. */
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { AimError } from '../runtime/src/system/errors.ts';
import { readHost } from './host.ts';
import { ensurePrograms, PYTHON_NEEDS } from './packages.ts';
import { showError } from './show-error.ts';

const FOLDER = join(dirname(import.meta.dirname), 'demo/engine-simulator');

try {
  await ensurePrograms(PYTHON_NEEDS, readHost(process.env), (line) => process.stderr.write(`${line}\n`));
  const env = { ...process.env, PYTHONPATH: FOLDER, PYTHONDONTWRITEBYTECODE: '1' };
  const args = ['-m', 'unittest', 'discover', '--start-directory', join(FOLDER, 'tests')];
  process.exitCode = spawnSync('python3', args, { stdio: 'inherit', env }).status ?? 1;
} catch (error) {
  const optional = error instanceof AimError && !process.env['CI'];
  const status = showError(error);
  if (optional) process.stderr.write("The engine simulator's tests are skipped.\n");
  process.exitCode = optional ? 0 : status;
}
