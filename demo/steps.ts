import { chalk } from 'zx';

/** Runs the steps of a program under numbered headings and undoes what they left behind. */
export class Steps {
  readonly #total: number;
  readonly #cleanups: { readonly what: string; readonly undo: () => Promise<void> }[] = [];
  readonly #interrupted: Promise<never>;
  #number = 0;

  /** `signal` ends the running step with the signal's reason. */
  constructor(total: number, signal: AbortSignal) {
    this.#total = total;
    this.#interrupted = new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error));
    });
    // Between two steps nobody waits for it.
    this.#interrupted.catch(() => undefined);
  }

  /** Runs one step; a failure names the step. */
  async run<T>(title: string, act: () => Promise<T>): Promise<T> {
    this.#number += 1;
    const started = Date.now();
    process.stdout.write(`\n${chalk.bold.cyan(`[${this.#number}/${this.#total}] ${title}`)}\n`);
    try {
      return await Promise.race([act(), this.#interrupted]);
    } catch (cause) {
      throw new StepError(title, cause);
    } finally {
      process.stdout.write(chalk.dim(`(${((Date.now() - started) / 1000).toFixed(1)} s)\n`));
    }
  }

  /** Registers something to undo at the end; the latest is undone first. */
  defer(what: string, undo: () => Promise<void>): void {
    this.#cleanups.push({ what, undo });
  }

  /** Undoes everything once; problems are told and do not stop the rest. */
  async cleanUp(): Promise<void> {
    for (let next = this.#cleanups.pop(); next; next = this.#cleanups.pop()) {
      process.stdout.write(`- ${next.what}\n`);
      try {
        await next.undo();
      } catch (error) {
        process.stderr.write(`  failed: ${error instanceof Error ? error.message : String(error)}\n`);
      }
    }
  }
}

/** A step that failed; `cause` is the reason. */
export class StepError extends Error {
  constructor(title: string, cause: unknown) {
    super(`The step "${title}" failed.`, { cause });
    this.name = 'StepError';
  }
}

/** Prints one line of a step. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
