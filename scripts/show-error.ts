import { AimError, messageOf } from '../runtime/src/system/errors.ts';

/** Prints an error with its details and hint on stderr; returns the exit status: 4 for a problem of this machine. */
export function showError(error: unknown): number {
  if (!(error instanceof AimError)) {
    process.stderr.write(`Error: ${error instanceof Error ? (error.stack ?? error.message) : messageOf(error)}\n`);
    return 1;
  }
  const lines = [...error.details.map((line) => `  ${line}`), `Error: ${error.message}`, error.hint ?? ''];
  process.stderr.write(`${lines.filter((line) => line !== '').join('\n')}\n`);
  return error.code === 'setup' || error.code === 'docker' ? 4 : error.code === 'usage' ? 2 : 1;
}
