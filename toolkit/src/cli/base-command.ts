import { Command, Flags } from '@oclif/core';
import { EXIT_CODES } from '../exit-codes.ts';
import type { Session } from './session.ts';
import { openSession, type OutputSettings } from './wire.ts';

/**
 * What all commands share. Subclasses parse, call one function and `finish`; they never catch: the program
 * reports every failure in one place. The flags here are also what keeps flag types exact: oclif types
 * misspelled flags as `any` in a class without base flags.
 */
export abstract class BaseCommand extends Command {
  static override baseFlags = {
    json: Flags.boolean({
      default: false,
      description: 'Print the result as one JSON object.',
      env: 'AIMCTL_JSON',
      helpGroup: 'GLOBAL',
    }),
    verbose: Flags.boolean({
      default: false,
      description: 'Show every step, and the stack of a failure.',
      env: 'AIMCTL_VERBOSE',
      helpGroup: 'GLOBAL',
    }),
  };

  /** True where being interrupted is the normal end. */
  protected readonly runsUntilInterrupted: boolean = false;

  #session: Session | undefined;

  /** Everything a command takes from its surroundings; closed when the command ends. */
  protected open(flags: OutputSettings): Session {
    this.#session = openSession(this.config.root, flags);
    return this.#session;
  }

  /** Prints the result, as JSON or as the text `render` gives. */
  protected finish<Result extends object>(
    flags: { readonly json: boolean },
    result: Result,
    render: (result: Result) => string,
  ): Result {
    this.#session?.close();
    process.stdout.write(flags.json ? `${JSON.stringify(result, undefined, 2)}\n` : `${render(result)}\n`);
    return result;
  }

  /** oclif would print here and choose exit codes of its own. */
  protected override catch(error: Error): Promise<never> {
    return Promise.reject(error);
  }

  protected override finally(): Promise<void> {
    this.#session?.close();
    const isInterrupted = this.#session?.signal.aborted === true && !this.runsUntilInterrupted;
    if (isInterrupted) process.exitCode = EXIT_CODES.interrupted;
    return Promise.resolve();
  }
}
