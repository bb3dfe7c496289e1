import type { Env, LogConfig } from '../config.ts';
import type { Exec, ExecResult } from '../system/exec.ts';
import type { Log } from '../system/log.ts';

/** What main hands to every command: the outside world as parameters. */
export interface CommandContext {
  readonly env: Env;
  readonly logConfig: LogConfig;
  /** Our own events, at AIM_LOG_LEVEL. */
  readonly log: Log;
  /** Runs probes; what they print beside their result goes to the root logger. */
  readonly exec: Exec;
  /** Hides secrets in anything printed. */
  readonly redact: (text: string) => string;
  /** Writes the result. */
  readonly print: (text: string) => void;
  /** Writes what is neither result nor event to stderr, as it is. */
  readonly talk: (text: string) => void;
  /** Whether a person reads that stream as it comes. */
  readonly isTerminal: (stream: 'stdout' | 'stderr') => boolean;
  /** Aborts when this process is asked to end; a command that calls it no longer dies of such a signal by itself. */
  readonly listenForEnd: () => AbortSignal;
  /** Runs this program once more with other arguments, for what may have to be killed. */
  readonly runSelf: (args: readonly string[], options: { readonly timeoutMs: number }) => ExecResult | undefined;
  /** Exit status of a command that did not fail but does not end with 0 either. */
  readonly endWith: (status: number) => void;
  /** Replaces this process; returns only by throwing. */
  readonly execve: (file: string, argv: readonly string[], env: Readonly<Record<string, string>>) => never;
}

/** A sub-command: its line in the help text and what it does with its own arguments. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  readonly usage: string;
  /** Further lines of its help: options and examples. */
  readonly help?: string;
  readonly run: (args: readonly string[], context: CommandContext) => Promise<void>;
}
