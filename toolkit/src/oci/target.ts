import type { AimError } from 'aim-runtime/system';
import { failure, type ToolkitErrorCode } from '../exit-codes.ts';
import type { Access } from './access.ts';
import { hasProblem } from './errors.ts';
import type { Answer } from './exchange.ts';
import type { Repository } from './reference.ts';
import type { ApiRequest, ApiSession } from './session.ts';

/** A repository and what may be asked of it. */
export interface Target {
  readonly session: ApiSession;
  readonly repository: Repository;
  readonly access: readonly Access[];
}

/** Fetches of content that does not have its digest, before that is believed. */
export const MAX_FETCHES = 3;

/** Sends a DELETE. Registries that never delete say so in different ways. */
export async function deletion(
  { session }: Target,
  request: ApiRequest,
): Promise<'deleted' | 'absent' | 'unsupported'> {
  // Debian's registry deletes manifests, but takes a tag for a wrong digest.
  const isUnsupported = ({ status, body }: Answer) =>
    status === 405 || (status === 400 && hasProblem(body, 'UNSUPPORTED', 'DIGEST_INVALID'));
  const accepts = (answer: Answer) => answer.status === 404 || isUnsupported(answer);
  const answer = await session.send({ ...request, accepts });
  if (answer.status === 404) return 'absent';
  return isUnsupported(answer) ? 'unsupported' : 'deleted';
}

/** Failure for content that is not what its digest says. */
export function wrongContent(what: string, digest: string): AimError<ToolkitErrorCode> {
  return failure('remote', {
    message: `cannot ${what}: what the registry sent does not have the digest ${digest}`,
    hint: 'A cache or proxy on the way may have damaged it.',
  });
}
