import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

export interface Finished {
  /** Null when a signal ended it. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

/** Runs a program to its end. Undefined when there is none of that name; throws the reason of the aborted signal. */
export async function runProgram(
  file: string,
  args: readonly string[],
  { env, signal }: RunOptions,
): Promise<Finished | undefined> {
  signal.throwIfAborted();
  const child = spawn(file, args, { env, signal, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<number | null | 'missing'>((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      if (signal.aborted) reject(signal.reason as Error);
      else if (error.code === 'ENOENT' || error.code === 'EACCES') resolve('missing');
      else reject(error);
    });
    child.once('close', (status) => resolve(status));
  });
  const [status, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  return status === 'missing' ? undefined : { status, stdout, stderr };
}
