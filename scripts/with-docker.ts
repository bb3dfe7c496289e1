/**
 * `node scripts/with-docker.ts COMMAND ARGS…` runs a command while a Docker Engine answers, and stops the
 * engine afterwards if it had to be started. Without an engine the command runs all the same, except in CI.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { AimError } from '../runtime/src/system/errors.ts';
import { ensureDocker, type DockerEngine } from './ensure-docker.ts';
import { readHost } from './host.ts';
import { showError } from './show-error.ts';

const say = (line: string): void => void process.stderr.write(`${line}\n`);

async function findEngine(): Promise<DockerEngine | undefined> {
  try {
    return await ensureDocker(readHost(process.env), say);
  } catch (error) {
    if (!(error instanceof AimError) || isSet(process.env['CI']) || isSet(process.env['REQUIRE_DOCKER'])) throw error;
    say(`${error.message}\n${error.hint ?? ''}\nWhat needs a Docker Engine is skipped.`);
    return undefined;
  }
}

const isSet = (value: string | undefined): boolean => value !== undefined && value !== '' && value !== 'false';

async function runWithDocker(command: readonly string[]): Promise<number> {
  const [file, ...args] = command;
  if (file === undefined) throw new AimError('usage', { message: 'with-docker: no command was given' });
  const engine = await findEngine();
  // With an engine at hand a test that skips itself is a defect.
  const env = engine ? { ...process.env, REQUIRE_DOCKER: '1' } : process.env;
  const child = spawn(file, args, { stdio: 'inherit', env });
  // The terminal sends Ctrl-C to the command too: wait for it, so that the engine is stopped after it.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  try {
    const [status] = (await once(child, 'exit')) as [number | null];
    return status ?? 1;
  } finally {
    await engine?.started?.stop();
  }
}

try {
  process.exitCode = await runWithDocker(process.argv.slice(2));
} catch (error) {
  process.exitCode = showError(error);
}
