import type { Env, LogConfig } from '../config.ts';
import type { Exec } from '../system/exec.ts';
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
  readonly stdoutIsTerminal: boolean;
  /** Replaces this process; returns only by throwing. */
  readonly execve: (file: string, argv: readonly string[], env: Readonly<Record<string, string>>) => never;
}

/** A sub-command: its line in the help text and what it does with its own arguments. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  readonly usage: string;
  readonly run: (args: readonly string[], context: CommandContext) => Promise<void>;
}
