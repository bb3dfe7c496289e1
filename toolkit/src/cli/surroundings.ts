import { createInterface } from 'node:readline/promises';
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

/** Asks on standard error, where standard output is left to the result. Undefined where nobody would see it. */
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
      throw error;
    } finally {
      lines.close();
    }
  };
}
