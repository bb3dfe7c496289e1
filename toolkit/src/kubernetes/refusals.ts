import { AimError, messageOf } from 'aim-runtime/system';
import { failure } from '../exit-codes.ts';

/** What a server answers when it refuses; https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/ */
export interface ApiStatus {
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly details?: { readonly causes?: readonly { reason?: string; message?: string; field?: string }[] };
}

export interface ApiAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** The cause of a failure that is an answer of the server. */
class RefusedAnswer extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`status ${status}`);
    this.name = 'RefusedAnswer';
    this.status = status;
  }
}

/** What a refusal means for whoever called. @param what `get pods`, for the message */
export function refused(what: string, { status, body }: ApiAnswer): Error {
  const said = (body as ApiStatus | null)?.message ?? `status ${status}`;
  const hints: Readonly<Record<number, string>> = {
    401: 'The cluster does not accept these credentials: log in again, or choose another --context.',
    403: 'Ask whoever runs the cluster for this permission, or use another --namespace or --context.',
  };
  return failure('remote', {
    message: `the cluster refuses to ${what}: ${said}`,
    hint: hints[status] ?? 'See what it says in full with kubectl.',
    cause: new RefusedAnswer(status),
  });
}

/** Whether a server refused because of who asks: asking again changes nothing. */
export function isForbidden(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof RefusedAnswer && (cause.status === 401 || cause.status === 403);
}

/** What it means that no answer came; failures of this program stay what they are. */
export function unreachable(server: string, error: unknown): unknown {
  if (error instanceof AimError) return error;
  return failure('remote', {
    message: `the cluster at ${server} does not answer: ${causeOf(error)}`,
    hint: 'Check the address, VPN and proxy, or choose another --context; kubectl cluster-info must work first.',
    cause: error,
  });
}

/** Whether nobody listens at the address, or not the one who should: asking again changes nothing. */
export function isTurnedAway(error: unknown): boolean {
  return /ECONNREFUSED|ENOTFOUND|certificate|CERT_/.test(causeOf(error));
}

/** `fetch` says only that it failed; its cause says why. */
function causeOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  const code = cause instanceof Error && 'code' in cause ? `${String(cause.code)} ` : '';
  return `${code}${messageOf(cause)}`;
}
