import { writeSync } from 'node:fs';
import { constants } from 'node:os';
import { readLogConfig, type LogConfig } from './config.ts';
import type { CommandContext } from './commands/context.ts';
import { findCommand, renderHelp } from './commands/table.ts';
import { EXIT_CODES, type RuntimeErrorCode } from './exit-codes.ts';
import { AimError, messageOf, systemCode } from './system/errors.ts';
import { createExec } from './system/exec.ts';
import { Interrupted, listenForEnd } from './system/interrupt.ts';
import { createLog, type LogLevel } from './system/log.ts';
import { createRedactor } from './system/redact.ts';

declare const AIM_RUNTIME_VERSION: string;

const STDOUT = 1;
const STDERR = 2;

/** The program: arguments and environment in, exit status out. */
async function main(argv: readonly string[]): Promise<number> {
  const redact = createRedactor(process.env);
  const logConfig = readLogConfig(process.env);
  try {
    if (argv.includes('--version')) return print(`${AIM_RUNTIME_VERSION}\n`);
    if (argv.includes('--help') || argv.includes('-h')) return print(renderHelp(argv));
    const { command, args } = findCommand(argv);
    let status = 0;
    const endWith = (wanted: number) => {
      status = wanted;
    };
    await command.run(args, { ...createContext(redact, logConfig), endWith });
    return status;
  } catch (error) {
    if (error instanceof ReaderGone) return 0;
    if (error instanceof Interrupted) {
      say(`aim-runtime: ${error.message}\n`);
      return 128 + constants.signals[error.signal];
    }
    return report(error, logConfig, redact);
  }
}

function createContext(redact: (text: string) => string, logConfig: LogConfig): Omit<CommandContext, 'endWith'> {
  const options = {
    format: logConfig.format,
    write: say,
    now: () => new Date(),
    redact,
  };
  const log = createLog({ ...options, level: logConfig.level, name: 'aim_runtime' });
  const rootLog = createLog({ ...options, level: logConfig.rootLevel, name: 'root' });
  const exec = createExec(process.env);
  return {
    env: process.env,
    logConfig,
    log,
    exec: (file, args, limits) => {
      const result = exec(file, args, limits);
      if (result && result.stderr.trim() !== '') rootLog.warn(`${file}: ${result.stderr.trim()}`);
      return result;
    },
    redact,
    print,
    talk: (text) => say(redact(text)),
    isTerminal: (stream) => process.getBuiltinModule('node:tty').isatty(stream === 'stdout' ? STDOUT : STDERR),
    listenForEnd,
    runSelf: (args, limits) => exec(process.execPath, [...scriptOfDevelopment(), ...args], limits),
    execve: (file, args, env) => {
      if (!process.execve) throw new Error('this Node.js cannot replace its process');
      return process.execve(file, args, env);
    },
  };
}

/** In a checkout Node.js runs a script; the executable runs itself. */
function scriptOfDevelopment(): string[] {
  const [, script = ''] = process.argv;
  return process.getBuiltinModule('node:sea').isSea() ? [] : [script];
}

/** The reader of our result has seen enough: no failure of ours. */
class ReaderGone extends Error {}

function print(text: string): 0 {
  try {
    return write(STDOUT, text);
  } catch (error) {
    throw systemCode(error) === 'EPIPE' ? new ReaderGone() : error;
  }
}

/** What is said on the side goes nowhere when nobody listens any more; that stops no start. */
function say(text: string): void {
  try {
    write(STDERR, text);
  } catch (error) {
    if (systemCode(error) !== 'EPIPE') throw error;
  }
}

/** Writes everything, however small the pipe is. */
function write(descriptor: number, text: string): 0 {
  const bytes = Buffer.from(text);
  for (let offset = 0; offset < bytes.length;) {
    try {
      offset += writeSync(descriptor, bytes, offset);
    } catch (error) {
      if (systemCode(error) !== 'EAGAIN') throw error;
    }
  }
  return 0;
}

/** Prints a failure and gives its exit status; everything that is not an AimError is our bug or the disk's. */
function report(thrown: unknown, { format, level }: LogConfig, redact: (text: string) => string): number {
  const error = thrown instanceof AimError ? (thrown as AimError<RuntimeErrorCode>) : translate(thrown, level);
  const text =
    format === 'json'
      ? JSON.stringify({
          level: 'ERROR',
          code: error.code,
          message: error.message,
          details: error.details,
          hint: error.hint,
        })
      : [
          `aim-runtime: error: ${error.message}`,
          ...error.details.map((line) => `  ${line}`),
          ...(error.hint === undefined ? [] : [error.hint]),
        ].join('\n');
  say(`${redact(text)}\n`);
  return EXIT_CODES[error.code];
}

const DISK_ERRORS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EROFS: 'the file system is read-only',
  EDQUOT: 'the disk quota is used up',
  EIO: 'the disk failed',
};

function translate(thrown: unknown, level: LogLevel): AimError<RuntimeErrorCode> {
  const disk = DISK_ERRORS[systemCode(thrown) ?? ''];
  if (disk !== undefined) return new AimError('cache', { message: `${disk}: ${messageOf(thrown)}`, cause: thrown });
  const stack = level === 'DEBUG' && thrown instanceof Error ? (thrown.stack ?? '').split('\n') : [];
  return new AimError('internal', {
    message: `unexpected: ${messageOf(thrown)}`,
    details: stack,
    hint: 'This is a bug of aim-runtime; please report it with AIM_LOG_LEVEL=DEBUG output.',
    cause: thrown,
  });
}

void main(process.argv.slice(2)).then((status) => {
  process.exitCode = status;
});
