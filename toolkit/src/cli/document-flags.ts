import { join } from 'node:path';
import { Args, Flags } from '@oclif/core';
import { METRICS } from 'aim-runtime/profile';
import { listYamlFiles, summarize, type CheckedFile, type ValidationReport } from '../documents/files.ts';
import { EXIT_CODES } from '../exit-codes.ts';

/** Files of a command that checks documents. */
export const filesArg = {
  file: Args.string({ multiple: true, ignoreStdin: true, description: 'Files to read.' }),
};

/** `--output` and `--force` of commands that convert documents. */
export const conversionFlags = {
  metric: Flags.option({
    options: METRICS,
    default: 'latency',
    description: 'What the profiles are tuned for; recipes do not say.',
    env: 'AIMCTL_METRIC',
  })(),
  output: Flags.string({
    char: 'o',
    helpValue: 'DIR',
    description: 'Folder to write to; without it the files are printed.',
    env: 'AIMCTL_OUTPUT',
  }),
  force: Flags.boolean({ default: false, description: 'Replace files with another content.', env: 'AIMCTL_FORCE' }),
};

/** The named files, else all of a folder: the given one, or the one of this name that belongs to this program. */
export function documentPaths(
  named: readonly string[] | undefined,
  dir: string | undefined,
  own: { readonly root: string; readonly folder: string },
): string[] {
  if (named !== undefined && named.length > 0 && dir === undefined) return [...named];
  return [...(named ?? []), ...listYamlFiles(dir ?? join(own.root, own.folder))];
}

/** The files as a report; problems that are errors make the program end with `check-failed`. */
export function concludeValidation(files: readonly CheckedFile[]): ValidationReport {
  const report = summarize(files);
  if (report.summary.errors > 0) process.exitCode = EXIT_CODES['check-failed'];
  return report;
}
