import { spawnSync } from 'node:child_process';

/** What a finished command left behind. */
export interface ExecResult {
  /** Exit status; null when a signal or the time limit ended the command. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program without a shell and waits for it.
 * Returns undefined when there is no such program on PATH.
 */
export type Exec = (
  file: string,
  args: readonly string[],
  options: { readonly timeoutMs: number },
) => ExecResult | undefined;

/** Exec over child processes of this host; `env` gives PATH. */
export function createExec(env: NodeJS.ProcessEnv): Exec {
  return (file, args, { timeoutMs }) => {
    const child = spawnSync(file, args, { env, encoding: 'utf8', timeout: timeoutMs, maxBuffer: 64 * 1024 * 1024 });
    if (child.error && 'code' in child.error && (child.error.code === 'ENOENT' || child.error.code === 'EACCES')) {
      return undefined;
    }
    return { status: child.status, stdout: child.stdout, stderr: child.stderr };
  };
}
