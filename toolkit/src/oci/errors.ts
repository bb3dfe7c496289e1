import { STATUS_CODES } from 'node:http';
import { messageOf } from 'aim-runtime/system';
import type { AimError } from 'aim-runtime/system';
import { failure, type ToolkitErrorCode } from '../exit-codes.ts';
import { STALLED } from './transport.ts';
import { rootCode } from './verdict.ts';

/** One entry of a registry's error document. @see the section "Error Codes" of the distribution specification */
export interface RegistryProblem {
  readonly code: string;
  readonly message: string;
  readonly detail: unknown;
}

/** What a failed answer is described from. */
export interface FailedAnswer {
  readonly host: string;
  readonly status: number;
  readonly body: Buffer;
}

const LONGEST_QUOTE = 300;
const CERTIFICATE_ERROR = /CERT|SELF_SIGNED|UNABLE_TO_(?:GET|VERIFY)/;

/** Problems a registry names in its answer; empty when the body is no error document. */
export function parseProblems(body: Buffer): RegistryProblem[] {
  const text = body.toString('utf8');
  if (!text.startsWith('{')) return [];
  try {
    const { errors } = JSON.parse(text) as { errors?: unknown };
    return Array.isArray(errors) ? errors.map(toProblem) : [];
  } catch {
    return [];
  }
}

/** True when the registry names this code. */
export function hasProblem(body: Buffer, ...codes: readonly string[]): boolean {
  return parseProblems(body).some(({ code }) => codes.includes(code));
}

/** The registry's own words: `403 Forbidden: DENIED: requested access to the resource is denied`. */
export function quoteAnswer({ status, body }: FailedAnswer): string {
  const words = parseProblems(body).map(({ code, message }) =>
    [code, message].filter((part) => part !== '').join(': '),
  );
  const text = words.length > 0 ? [...new Set(words)].join('; ') : plainText(body);
  return [`${status} ${STATUS_CODES[status] ?? ''}`.trim(), shorten(text)].filter((part) => part !== '').join(': ');
}

/** Failure for an answer nobody expected. @param what the step that failed: `push ghcr.io/org/a:1` */
export function answerFailure(what: string, answer: FailedAnswer): AimError<ToolkitErrorCode> {
  const hint = hintFor(answer);
  return failure('remote', {
    message: `cannot ${what}: ${answer.host} answered ${quoteAnswer(answer)}`,
    ...(hint === undefined ? {} : { hint }),
  });
}

/** Failure for credentials that are missing or were refused. @param source where they come from, if there are any */
export function accessFailure(
  what: string,
  answer: FailedAnswer,
  source: string | undefined,
): AimError<ToolkitErrorCode> {
  const { host } = answer;
  const message = `cannot ${what}: ${host} answered ${quoteAnswer(answer)}`;
  if (source === undefined) {
    return failure('environment', {
      message: `${message} (no credentials for ${host} were found)`,
      hint: `Run \`docker login ${host}\`, or set up a credential helper for it.`,
    });
  }
  return failure('remote', {
    message: `${message} (credentials: ${source})`,
    hint: 'Check that these credentials are still valid and may do this in this repository.',
  });
}

/** Failure of the connection itself. */
export function connectionFailure(what: string, host: string, error: unknown): AimError<ToolkitErrorCode> {
  const code = rootCode(error) ?? '';
  const { reason, hint } = explain(host, code, error);
  return failure('remote', { message: `cannot ${what}: ${reason}`, ...(hint ? { hint } : {}), cause: error });
}

function explain(host: string, code: string, error: unknown): { reason: string; hint?: string } {
  if (code === 'ENOTFOUND') return { reason: `there is no host ${host}`, hint: 'Check the name of the registry.' };
  if (code === 'ECONNREFUSED') {
    return { reason: `nothing answers at ${host}`, hint: 'Check the name and the port, and that the registry runs.' };
  }
  if (code === STALLED) return { reason: `${host} stopped answering` };
  if (CERTIFICATE_ERROR.test(code)) {
    const hint = `Put the certificate of its authority into /etc/docker/certs.d/${host}/ca.crt or name it in SSL_CERT_FILE.`;
    return { reason: `the certificate of ${host} is not trusted: ${messageOf(error)}`, hint };
  }
  if (code === 'EPROTO') {
    return {
      reason: `${host} does not speak TLS: ${messageOf(error)}`,
      hint: 'If this registry is meant to be used over plain HTTP, say so with --insecure.',
    };
  }
  return { reason: `the connection to ${host} failed: ${messageOf(error) || code}` };
}

function hintFor({ status, body }: FailedAnswer): string | undefined {
  if (hasProblem(body, 'TAG_INVALID') || /immutab/i.test(body.toString('utf8')))
    return 'This tag cannot be moved here; choose another one.';
  if (status === 404)
    return 'Check the name; a registry also answers so for what it does not let these credentials see.';
  if (status === 413) return 'The registry, or a proxy in front of it, limits the size of uploads.';
  return undefined;
}

function toProblem(value: unknown): RegistryProblem {
  const { code, message, detail } = (value ?? {}) as Partial<Record<keyof RegistryProblem, unknown>>;
  const textOf = (part: unknown) => (typeof part === 'string' ? part : '');
  return { code: textOf(code), message: textOf(message), detail };
}

/** Text of an HTML or plain error page. */
function plainText(body: Buffer): string {
  const text = body.toString('utf8').replaceAll(/<(?:style|script)[\s\S]*?<\/(?:style|script)>/gi, ' ');
  return text.replaceAll(/<[^>]*>/g, ' ');
}

/** One line for a terminal: no control characters, and not too long. */
function shorten(words: string): string {
  const text = words.replaceAll(/[\p{Cc}\s]+/gu, ' ').trim();
  return text.length <= LONGEST_QUOTE ? text : `${text.slice(0, LONGEST_QUOTE)}…`;
}
