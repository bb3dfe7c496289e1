import type { RuntimeErrorCode } from '../exit-codes.ts';
import { describeProblem } from '../profile/load.ts';
import { AimError } from '../system/errors.ts';
import { parseArguments, usage } from './arguments.ts';
import type { Command } from './context.ts';

/** Checks profile and metadata files, engine arguments included. */
export const validate: Command = {
  name: 'validate',
  summary: 'check profile and metadata files',
  usage: 'aim-runtime validate FILE...',
  run: async (args, context) => {
    const { positionals } = parseArguments(args, {}, 'files');
    if (positionals.length === 0) throw usage('validate needs the files to check', 'aim-runtime validate FILE...');
    // Its validators are loaded here only: a start is to be fast.
    const { checkFile } = await import('./check-file.ts');
    const lines: string[] = [];
    for (const file of positionals) {
      const problems = await checkFile(file);
      lines.push(...problems.map((problem) => describeProblem(file, problem)));
      if (problems.length === 0) context.print(`${file}: valid\n`);
    }
    if (lines.length === 0) return;
    throw new AimError<RuntimeErrorCode>('config', {
      message: `${lines.length} ${lines.length === 1 ? 'problem' : 'problems'} in ${positionals.length} ${positionals.length === 1 ? 'file' : 'files'}`,
      details: lines,
    });
  },
};
