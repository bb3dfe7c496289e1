import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import type { AskHelper, HelperAnswer } from './credentials.ts';

const HELPER_TIMEOUT_MS = 30_000;
const NOT_FOUND = /credentials not found/i;

/**
 * Asks the program `docker-credential-NAME`: the server's name on its standard input, JSON in return.
 * @see https://github.com/docker/docker-credential-helpers
 */
export function createHelperAsker(env: NodeJS.ProcessEnv, signal: AbortSignal): AskHelper {
  return async (helper, server) => {
    const program = `docker-credential-${helper}`;
    const { status, stdout, stderr } = await run(program, server, { env, signal });
    if (status === 0) return parseAnswer(program, stdout);
    if (NOT_FOUND.test(stdout) || NOT_FOUND.test(stderr)) return undefined;
    const reason = [stdout, stderr].map((part) => part.trim()).find((part) => part !== '');
    throw new Error(`${program} has no answer for ${server}: ${reason ?? `exit status ${status ?? 'none'}`}`);
  };
}

interface Finished {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(
  program: string,
  input: string,
  { env, signal }: { readonly env: NodeJS.ProcessEnv; readonly signal: AbortSignal },
): Promise<Finished> {
  signal.throwIfAborted();
  const child = spawn(program, ['get'], { env, signal, timeout: HELPER_TIMEOUT_MS, stdio: 'pipe' });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', (error) => {
      signal.throwIfAborted();
      reject(new Error(`${program} cannot be run: ${error.message}`, { cause: error }));
    });
    child.once('close', resolve);
  });
  // A helper that does not read its input is no reason to fail.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const [status, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  return { status, stdout, stderr };
}

/** The answer is not quoted in any message: it holds a secret. */
function parseAnswer(program: string, output: string): HelperAnswer | undefined {
  let answer: Partial<Record<string, unknown>>;
  try {
    answer = JSON.parse(output) as typeof answer;
  } catch {
    throw new Error(`${program} gave an answer that is not valid JSON`);
  }
  const { Username: username, Secret: secret } = answer;
  if (typeof username !== 'string' || typeof secret !== 'string' || secret === '') return undefined;
  return { username, secret };
}
