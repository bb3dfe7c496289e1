import { $, chalk, type ProcessOutput } from 'zx';
import { AimError } from '../runtime/src/system/errors.ts';
import { say } from './steps.ts';

const LAST_LINES = 60;

/**
 * Runs a program and returns its standard output. Its output is shown only when it fails:
 * AimError `step` carries the last lines.
 */
export async function runQuietly(file: string, args: readonly string[], cwd?: string): Promise<string> {
  const output = await $({ quiet: true, nothrow: true, ...(cwd ? { cwd } : {}) })`${file} ${args}`;
  return checked([file, ...args], output, `${output.stdout}${output.stderr}`);
}

/** Shows a command as a user would type it, runs it, and lets its progress (stderr) through. */
export async function runShown(shown: string, file: string, args: readonly string[]): Promise<string> {
  say(chalk.dim(`$ ${shown}`));
  const output = await $({ quiet: true, nothrow: true, stdio: ['ignore', 'pipe', 'inherit'] })`${file} ${args}`;
  return checked([shown], output, output.stdout);
}

function checked(command: readonly string[], output: ProcessOutput, log: string): string {
  if (output.exitCode === 0) return output.stdout;
  throw new AimError('step', {
    message: `${command.join(' ')} ended with ${output.exitCode === null ? String(output.signal) : `status ${output.exitCode}`}`,
    details: log.trimEnd().split('\n').slice(-LAST_LINES),
  });
}
