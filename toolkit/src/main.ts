import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Config, run, type Interfaces } from '@oclif/core';
import { exitStatus, renderFailureJson, renderFailureText, toFailure } from './cli/failure.ts';
import { TOPICS } from './cli/topics.ts';
import { failureSettings } from './cli/wire.ts';
import { failure } from './exit-codes.ts';

/** How the program was started. */
export interface Invocation {
  /** Name it is called by. */
  readonly name: string;
  /** Export of the commands' module that is the table of its commands. */
  readonly table: string;
  /** Folder of this program's package.json. */
  readonly packageRoot: string;
  /** Path below it of the module with the command table. */
  readonly commands: string;
  /** Arguments without interpreter and script. */
  readonly argv: readonly string[];
}

/** Runs one command line; reports any failure and leaves the exit status in `process.exitCode`. */
export async function main(invocation: Invocation): Promise<void> {
  const { packageRoot, argv } = invocation;
  // Ahead of oclif's own listener, which throws.
  process.stdout.prependListener('error', (error: NodeJS.ErrnoException) => endWithoutOutput(error, argv));
  // Talk that nobody can read is no reason to stop.
  process.stderr.on('error', () => undefined);
  let names: readonly string[] = [];
  try {
    const config = await Config.load({
      root: packageRoot,
      isRoot: true,
      pjson: describeProgram(invocation),
    });
    names = config.commandIDs.map((id) => id.replaceAll(':', ' '));
    await run(toHelpRequest(argv), config);
  } catch (thrown) {
    report(thrown, names, argv);
  }
}

/** Ends at once: what a command would still write has nowhere to go. */
function endWithoutOutput(error: NodeJS.ErrnoException, argv: readonly string[]): never {
  // A reader that has seen enough, such as `head`, is no failure.
  if (error.code === 'EPIPE') process.exit();
  const { verbose } = failureSettings(argv);
  const fault = failure('disk', {
    message: `cannot write the result: ${error.message}`,
    hint: 'Free space where standard output goes, or send it to another place.',
    cause: error,
  });
  process.stderr.write(renderFailureText(fault, verbose));
  process.exit(exitStatus(fault));
}

/** `help images` means `images --help`. */
function toHelpRequest(argv: readonly string[]): string[] {
  return argv[0] === 'help' ? [...argv.slice(1), '--help'] : [...argv];
}

function report(thrown: unknown, commands: readonly string[], argv: readonly string[]): void {
  if (thrown instanceof Error && 'code' in thrown && thrown.code === 'EEXIT') return;
  const { json, verbose, redact } = failureSettings(argv);
  const error = toFailure(thrown, commands);
  if (json) process.stdout.write(`${redact(JSON.stringify(renderFailureJson(error), undefined, 2))}\n`);
  if (!json || verbose) process.stderr.write(redact(renderFailureText(error, verbose)));
  process.exitCode = exitStatus(error);
}

/** The package's description with what oclif needs to know. */
function describeProgram({ name, table, packageRoot, commands }: Invocation): Interfaces.PJSON {
  const file = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as Interfaces.PJSON;
  return {
    ...file,
    oclif: {
      bin: name,
      dirname: 'aimctl',
      topicSeparator: ' ',
      additionalHelpFlags: ['-h'],
      topics: TOPICS,
      commands: { strategy: 'explicit', target: commands, identifier: table },
    },
  };
}
