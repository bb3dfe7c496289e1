import type { GitHubRepository } from './repository.ts';

export interface GitHubRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Parts of the path that the route names. */
  readonly params: Readonly<Record<string, string>>;
  /** The body, `{}` when there is none. */
  readonly body: Readonly<Record<string, unknown>>;
  /** Address of this server's API, for the addresses in answers. */
  readonly apiUrl: string;
}

export interface GitHubAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON; an array is sent in pages. A Buffer is sent as it is. */
  readonly body?: unknown;
}

/**
 * One path of the API. `{name}` stands for one part, `{name+}` for the rest of the path. The repository exists:
 * `{owner}` and `{repo}` were looked up before.
 */
export interface GitHubRoute {
  readonly method: string;
  readonly path: string;
  readonly handle: (request: GitHubRequest, repository: GitHubRepository) => GitHubAnswer;
}

/** How GitHub asks for a pause; by 403 or by 429. */
export function secondaryRateLimit(status: 403 | 429, retryAfterSeconds: number): GitHubAnswer {
  return {
    status,
    headers: { 'retry-after': String(retryAfterSeconds) },
    body: {
      message:
        'You have exceeded a secondary rate limit. Please wait a few minutes before you try again. If you reach out to GitHub Support for help, please include the request ID.',
      documentation_url:
        'https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits',
    },
  };
}

/** A refusal with the API's words. */
export function refusal(status: number, message: string, errors?: readonly object[]): GitHubAnswer {
  return {
    status,
    body: {
      message,
      ...(errors ? { errors } : {}),
      documentation_url: 'https://docs.github.com/rest',
      status: `${status}`,
    },
  };
}
