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
    // Loaded by the first call: most starts need no child process, and loading it costs as much as the selection.
    const { spawnSync } = process.getBuiltinModule('node:child_process');
    const child = spawnSync(file, args, { env, encoding: 'utf8', timeout: timeoutMs, maxBuffer: 64 * 1024 * 1024 });
    if (child.error && 'code' in child.error && (child.error.code === 'ENOENT' || child.error.code === 'EACCES')) {
      return undefined;
    }
    return { status: child.status, stdout: child.stdout, stderr: child.stderr };
  };
}
