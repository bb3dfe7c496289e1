import type { RuntimeErrorCode } from '../exit-codes.ts';
import { AimError } from '../system/errors.ts';
import type { HttpResponse } from './http.ts';

export interface RefusedRequest {
  readonly name: string;
  readonly revision: string;
  readonly endpoint: string;
  readonly hasToken: boolean;
  /** The body of the answer. */
  readonly text: string;
}

/** What a refusal of the hub means; it says so in X-Error-Code, and hides private models as not existing. */
export function hubRefusal(response: HttpResponse, request: RefusedRequest): AimError<RuntimeErrorCode> {
  const { status, headers } = response;
  const code = headers['x-error-code'];
  const page = `${request.endpoint}/${request.name}`;
  if (code === 'GatedRepo' || (status === 403 && code === undefined)) return gated(request, page);
  if (code === 'RevisionNotFound') {
    return new AimError('config', {
      message: `${request.name} has no revision ${request.revision}`,
      hint: `${page}/tree/main lists its branches and tags.`,
    });
  }
  if (code === 'EntryNotFound') {
    return new AimError('network', {
      message: `a file of ${request.name} is gone from ${request.endpoint}`,
      hint: 'Run the command again: the model was changed meanwhile.',
    });
  }
  if (code === 'RepoNotFound' || status === 404) {
    return new AimError('config', {
      message: `${request.endpoint} knows no model ${request.name}`,
      hint: request.hasToken
        ? `Check the name at ${page}; a private model needs a token that may read it.`
        : `Check the name at ${page}. A private model needs HF_TOKEN.`,
    });
  }
  if (status === 401) return unauthorized(request, page);
  return new AimError('network', {
    message: `${response.url.host} answered ${status} for ${request.name}${detail(request.text)}`,
    hint: 'Check HF_ENDPOINT and the proxy.',
  });
}

function gated({ name, hasToken }: RefusedRequest, page: string): AimError<RuntimeErrorCode> {
  return new AimError('auth', {
    message: `${name} is gated: its owner lets in only those who accepted the terms`,
    hint: hasToken
      ? `Visit ${page} with the account that HF_TOKEN belongs to and accept the terms.`
      : `Visit ${page} and accept the terms, then set HF_TOKEN to a token of that account.`,
  });
}

function unauthorized({ name, hasToken }: RefusedRequest, page: string): AimError<RuntimeErrorCode> {
  return new AimError('auth', {
    message: hasToken ? `HF_TOKEN is not accepted for ${name}` : `${name} is not open to everybody`,
    hint: `Visit ${page} with an account that may read it, and set HF_TOKEN to a token of that account.`,
  });
}

function detail(text: string): string {
  const line = /^[^<]{1,200}/.exec(text.trim())?.[0].split('\n')[0] ?? '';
  return line === '' ? '' : `: ${line}`;
}
