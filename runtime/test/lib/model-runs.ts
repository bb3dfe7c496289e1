import { spawn, type ChildProcess } from 'node:child_process';
import { EXECUTABLE, type Outcome } from './run-executable.ts';

/** A run of the executable that is still going on. */
export interface RunningDownload {
  readonly child: ChildProcess;
  readonly outcome: Promise<Outcome>;
}

/** Starts the executable while this process goes on serving it. */
function start(args: readonly string[], env: Readonly<Record<string, string>>): RunningDownload {
  const child = spawn(EXECUTABLE, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
  child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
  const outcome = new Promise<Outcome>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => {
      resolve({ status, stdout, stderr });
    });
  });
  return { child, outcome };
}

/** Starts `download-to-cache`. */
export function startDownload(args: readonly string[], env: Readonly<Record<string, string>>): RunningDownload {
  return start(['download-to-cache', ...args], env);
}

/** Runs any command of the executable to its end. */
export function runAside(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Outcome> {
  return start(args, env).outcome;
}

/** Runs `download-to-cache` to its end. */
export function runDownload(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Outcome> {
  return startDownload(args, env).outcome;
}
