import { Errors } from '@oclif/core';
import { AimError, messageOf, nearest } from 'aim-runtime/system';
import { EXIT_CODES, failure, isToolkitErrorCode, type ToolkitErrorCode } from '../exit-codes.ts';

/** What `--json` prints when a command fails. */
export interface FailureReport {
  readonly error: {
    readonly code: ToolkitErrorCode;
    readonly message: string;
    readonly hint: string | null;
    readonly details: readonly string[];
  };
}

/**
 * Any thrown value as an error of this program: oclif's own errors are wrong usage, errors of aim-runtime keep
 * their text, all else is a bug. `commands` serve to correct misspelled ones.
 */
export function toFailure(thrown: unknown, commands: readonly string[]): AimError<ToolkitErrorCode> {
  if (isAimError(thrown)) {
    const { message, hint, details } = thrown;
    if (isToolkitErrorCode(thrown.code)) return thrown as AimError<ToolkitErrorCode>;
    return failure('usage', { message, details, cause: thrown, ...(hint === undefined ? {} : { hint }) });
  }
  if (thrown instanceof Errors.CLIError) return usageError(thrown, commands);
  return failure('internal', {
    message: `unexpected error: ${messageOf(thrown)}`,
    hint: 'This is a bug in aimctl; please report it with the output of the same command with --verbose.',
    cause: thrown,
  });
}

function isAimError(thrown: unknown): thrown is AimError {
  return thrown instanceof AimError;
}

/** The object for stdout under `--json`. */
export function renderFailureJson(error: AimError<ToolkitErrorCode>): FailureReport {
  const { code, message, hint, details } = error;
  return { error: { code, message, hint: hint ?? null, details } };
}

/** Lines for a person; the stack only when asked for. */
export function renderFailureText(error: AimError<ToolkitErrorCode>, verbose: boolean): string {
  const lines = [`Error: ${error.message}`, ...error.details.map((detail) => `  ${detail}`)];
  if (error.hint !== undefined) lines.push(error.hint);
  if (verbose && error.code !== 'interrupted') lines.push(stackOf(error));
  return `${lines.join('\n')}\n`;
}

export function exitStatus(error: AimError<ToolkitErrorCode>): number {
  return EXIT_CODES[error.code];
}

/** oclif frames some of its messages: a heading over the faults, a pointer to the help under them. */
function usageError(thrown: Error, commands: readonly string[]): AimError<ToolkitErrorCode> {
  const text = thrown.message
    .replace(/\nSee more help with --help$/, '')
    .replace(/^The following errors? occurred:\s+/, '')
    .trim()
    .replaceAll(/\n {2}(?=\S)/g, '\n');
  const unknown = /^command (.+) not found$/.exec(text)?.[1]?.replaceAll(':', ' ');
  if (unknown === undefined) {
    return failure('usage', { message: text, hint: 'See the command with --help.', cause: thrown });
  }
  const close = nearest(unknown, commands);
  return failure('usage', {
    message: `there is no command "${unknown}"`,
    hint: `${close === undefined ? '' : `Did you mean ${close}? `}See all commands with aimctl --help.`,
    cause: thrown,
  });
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\nCaused by: ${stackOf(error.cause)}` : '';
  return `${error.stack ?? error.message}${cause}`;
}
