import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { StringDecoder } from 'node:string_decoder';
import type { Readable, Writable } from 'node:stream';
import { LineTail } from './line-tail.ts';
import { underReaper } from './reaper.ts';
import type { EngineStart } from './state.ts';

/** How a process ended. */
export interface EngineEnd {
  /** Exit status, 128 + n for signal n. */
  readonly status: number;
  /** For a person: `exit status 1`, `signal SIGKILL`. */
  readonly how: string;
}

/** The engine as a child of this process. */
export interface EngineProcess {
  readonly pid: number | undefined;
  /** Settles when it has ended and all of its output has been passed on. */
  readonly ended: Promise<EngineEnd>;
  /** What it printed last, stdout before stderr: when it dies they come in any order, and the reason is on stderr. */
  readonly lastLines: () => readonly string[];
  /** The line that came last, on either stream. */
  readonly newestLine: () => string | undefined;
  readonly kill: (signal: NodeJS.Signals) => void;
}

export interface ProcessSurroundings {
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** True for process 1 of a container, to which orphans come. */
  readonly isInit: boolean;
}

const KEPT_LINES = { stdout: 10, stderr: 20 };
/** A grandchild that keeps the pipes open must not keep us from ending. */
const OUTPUT_MS = 1_000;

/** Starts the engine; what it prints goes on to our own streams. @throws when the program cannot be executed */
export async function startEngine(start: EngineStart, around: ProcessSurroundings): Promise<EngineProcess> {
  const { file, argv } = around.isInit ? underReaper(start.file, start.argv) : start;
  const [argv0 = file, ...args] = argv;
  const child = spawn(file, args, { argv0, env: { ...start.env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const stdout = new LineTail(KEPT_LINES.stdout);
  const stderr = new LineTail(KEPT_LINES.stderr);
  let newest = stdout;
  const output = [
    passOn(child.stdout, around.stdout, (text) => (newest = stdout).add(text)),
    passOn(child.stderr, around.stderr, (text) => (newest = stderr).add(text)),
  ];
  const ended = new Promise<EngineEnd>((resolve) => {
    child.once('exit', (code, signal) => {
      const limit = new Promise((done) => setTimeout(done, OUTPUT_MS).unref());
      void Promise.race([Promise.all(output), limit]).then(() => {
        child.stdout.destroy();
        child.stderr.destroy();
        resolve(describeEnd(code, signal));
      });
    });
  });
  await new Promise((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  child.on('error', () => undefined); // a signal that came too late
  return {
    pid: child.pid,
    ended,
    lastLines: () => [...stdout.lines(), ...stderr.lines()],
    newestLine: () => newest.lines().at(-1),
    kill: (signal) => {
      child.kill(signal);
    },
  };
}

function describeEnd(code: number | null, signal: NodeJS.Signals | null): EngineEnd {
  if (signal !== null) return { status: 128 + constants.signals[signal], how: `signal ${signal}` };
  return { status: code ?? 0, how: `exit status ${code ?? 0}` };
}

function passOn(from: Readable, to: Writable, see: (text: string) => void): Promise<void> {
  const decoder = new StringDecoder('utf8');
  from.on('data', (chunk: Buffer) => {
    see(decoder.write(chunk));
  });
  from.pipe(to, { end: false });
  return new Promise((resolve) => {
    from.once('close', resolve);
  });
}
