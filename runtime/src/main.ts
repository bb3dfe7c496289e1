import { writeSync } from 'node:fs';
import { constants } from 'node:os';
import { readLogConfig } from './config.ts';
import type { CommandContext } from './commands/context.ts';
import { findCommand, renderHelp } from './commands/table.ts';
import { EXIT_CODES, type RuntimeErrorCode } from './exit-codes.ts';
import { AimError, messageOf, systemCode } from './system/errors.ts';
import { createExec } from './system/exec.ts';
import { Interrupted, listenForEnd } from './system/interrupt.ts';
import { createLog, type LogFormat } from './system/log.ts';
import { createRedactor } from './system/redact.ts';

declare const AIM_RUNTIME_VERSION: string;

const STDOUT = 1;
const STDERR = 2;

/** The program: arguments and environment in, exit status out. */
async function main(argv: readonly string[]): Promise<number> {
  const redact = createRedactor(process.env);
  const { format } = readLogConfig(process.env);
  try {
    if (argv.includes('--version')) return write(STDOUT, `${AIM_RUNTIME_VERSION}\n`);
    if (argv.includes('--help') || argv.includes('-h')) return write(STDOUT, renderHelp(argv));
    const { command, args } = findCommand(argv);
    let status = 0;
    const endWith = (wanted: number) => {
      status = wanted;
    };
    await command.run(args, { ...createContext(redact), endWith });
    return status;
  } catch (error) {
    if (systemCode(error) === 'EPIPE') return 0; // the reader of our result has seen enough
    if (error instanceof Interrupted) {
      write(STDERR, `aim-runtime: ${error.message}\n`);
      return 128 + constants.signals[error.signal];
    }
    return report(error, format, redact);
  }
}

function createContext(redact: (text: string) => string): Omit<CommandContext, 'endWith'> {
  const logConfig = readLogConfig(process.env);
  const options = {
    format: logConfig.format,
    write: (line: string) => write(STDERR, line),
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
    print: (text) => write(STDOUT, text),
    talk: (text) => write(STDERR, redact(text)),
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
function report(thrown: unknown, format: LogFormat, redact: (text: string) => string): number {
  const error = thrown instanceof AimError ? (thrown as AimError<RuntimeErrorCode>) : translate(thrown);
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
  write(STDERR, `${redact(text)}\n`);
  return EXIT_CODES[error.code];
}

const DISK_ERRORS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EROFS: 'the file system is read-only',
  EDQUOT: 'the disk quota is used up',
  EIO: 'the disk failed',
};

function translate(thrown: unknown): AimError<RuntimeErrorCode> {
  const disk = DISK_ERRORS[systemCode(thrown) ?? ''];
  if (disk !== undefined) return new AimError('cache', { message: `${disk}: ${messageOf(thrown)}`, cause: thrown });
  const stack =
    process.env['AIM_LOG_LEVEL'] === 'DEBUG' && thrown instanceof Error ? (thrown.stack ?? '').split('\n') : [];
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
