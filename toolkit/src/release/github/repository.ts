import { messageOf } from 'aim-runtime/system';
import type { Octokit } from '@octokit/rest';
import { failure } from '../../exit-codes.ts';

/** A repository on GitHub and the client that reaches it. */
export interface GitHubRepository {
  readonly client: Octokit;
  readonly owner: string;
  readonly repo: string;
}

/** Checks OWNER/NAME. @throws AimError usage */
export function parseRepositoryName(text: string): { owner: string; repo: string } {
  const [, owner, repo] = /^([\w.-]+)\/([\w.-]+)$/.exec(text) ?? [];
  if (owner !== undefined && repo !== undefined) return { owner, repo };
  throw failure('usage', { message: `"${text}" is no repository of the form OWNER/NAME` });
}

/**
 * The data of an answer; undefined for the statuses that `absent` lists.
 * @param what the step, for messages: `create the release v0.9.0`
 * @throws AimError environment for a token that is refused, else remote, with GitHub's words
 */
export async function ask<Data>(
  what: string,
  send: () => Promise<{ readonly data: Data }>,
  absent: readonly number[] = [],
): Promise<Data | undefined> {
  try {
    return (await send()).data;
  } catch (error) {
    if (absent.includes(statusOf(error))) return undefined;
    throw translate(what, error);
  }
}

/** As {@link ask}, for answers that are always there. */
export async function demand<Data>(what: string, send: () => Promise<{ readonly data: Data }>): Promise<Data> {
  try {
    return (await send()).data;
  } catch (error) {
    throw translate(what, error);
  }
}

function statusOf(error: unknown): number {
  const { status } = (error ?? {}) as { readonly status?: unknown };
  return typeof status === 'number' ? status : 0;
}

function translate(what: string, error: unknown): unknown {
  const status = statusOf(error);
  // The reason of an aborted signal, for example.
  if (status === 0) return error;
  const hint = hintFor(status);
  return failure(status === 401 ? 'environment' : 'remote', {
    message: `cannot ${what}: GitHub answered ${status}: ${messageOf(error)}`,
    ...(hint === undefined ? {} : { hint }),
    cause: error,
  });
}

function hintFor(status: number): string | undefined {
  if (status === 401) return 'GITHUB_TOKEN is not valid, or no longer.';
  if (status === 403 || status === 404)
    return "The token needs the workflow's permissions contents, pull-requests or checks: write, and forks do not get them.";
  return undefined;
}
