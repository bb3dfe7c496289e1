import { createInterface } from 'node:readline/promises';
import { failure } from '../exit-codes.ts';
import type { Clock } from '../oci/clock.ts';
import type { GitHubRepository } from '../release/github/repository.ts';
import type { Progress } from './progress.ts';

/** What GitHub's API is reached with. */
export interface GitHubSurroundings {
  readonly env: NodeJS.ProcessEnv;
  readonly userAgent: string;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly progress: Progress;
}

const GITHUB_API = 'https://api.github.com';

/**
 * The repository on GitHub, `name` or the one that Actions names; undefined without GITHUB_TOKEN or a name.
 * @throws AimError usage for a name that is none
 */
export async function openGitHub(
  name: string | undefined,
  { env, userAgent, signal, clock, progress }: GitHubSurroundings,
): Promise<GitHubRepository | undefined> {
  const repository = name ?? env['GITHUB_REPOSITORY'];
  const token = env['GITHUB_TOKEN'];
  if (!repository || !token) return undefined;
  const [{ connectGitHub }, { parseRepositoryName }] = await Promise.all([
    import('../release/github/connect.ts'),
    import('../release/github/repository.ts'),
  ]);
  const client = connectGitHub({
    apiUrl: env['GITHUB_API_URL'] || GITHUB_API,
    token,
    userAgent,
    signal,
    clock,
    onPause: ({ delayMs, reason }) => progress.note(`GitHub: waiting ${(delayMs / 1_000).toFixed(0)} s: ${reason}`),
  });
  return { client, ...parseRepositoryName(repository) };
}

/**
 * Asks on standard error, where standard output is left to the result. Undefined where nobody would see it. The
 * question throws interrupted for Ctrl-C and Ctrl-D.
 */
export function openQuestion(
  { stdin, stderr }: Pick<NodeJS.Process, 'stdin' | 'stderr'>,
  signal: AbortSignal,
): ((question: string) => Promise<string>) | undefined {
  if (!stdin.isTTY || !stderr.isTTY) return undefined;
  return async (question) => {
    const lines = createInterface({ input: stdin, output: stderr });
    try {
      return await lines.question(question, { signal });
    } catch (error) {
      signal.throwIfAborted();
      // A terminal in raw mode hands Ctrl-C over as a key, without a signal.
      if ((error as Error).name !== 'AbortError') throw error;
      throw failure('interrupted', { message: 'nothing was changed', cause: error });
    } finally {
      lines.close();
    }
  };
}
