import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { getCACertificates } from 'node:tls';
import { createAuthorizer } from './auth.ts';
import { loadCertificates } from './certificates.ts';
import { SYSTEM_CLOCK, type Clock } from './clock.ts';
import { createHelperAsker } from './credential-helper.ts';
import { createCredentialFinder, type CredentialSources, type FindCredential } from './credentials.ts';
import { createExchange } from './exchange.ts';
import { createHttpRegistry } from './http-registry.ts';
import { createHostLimiters, LANES } from './limiter.ts';
import { createOriginFinder, speaksTls } from './origins.ts';
import type { Registry } from './registry.ts';
import { createApiSession } from './session.ts';
import { createHttpTransport } from './transport.ts';

/** What the client tells while it works. */
export type RegistryEvent =
  /** A registry asked for a pause, which all requests to it keep. */
  | { readonly kind: 'pause'; readonly host: string; readonly delayMs: number; readonly reason: string }
  | { readonly kind: 'retry'; readonly what: string; readonly delayMs: number; readonly reason: string }
  /** Where the credentials for a registry come from; undefined when there are none. */
  | { readonly kind: 'credentials'; readonly host: string; readonly source: string | undefined }
  /** Something that could not be used and was passed over. */
  | { readonly kind: 'problem'; readonly text: string };

export interface ConnectOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly home: string;
  readonly uid: number | undefined;
  /** Ends all requests and waits. */
  readonly signal: AbortSignal;
  /** True for hosts besides this machine that may be spoken to over plain HTTP. */
  readonly insecure: (host: string) => boolean;
  readonly userAgent: string;
  readonly onEvent: (event: RegistryEvent) => void;
  /** Credentials given by the user. */
  readonly explicit?: CredentialSources['explicit'];
  readonly tuning?: Partial<Tuning>;
}

/** Figures that tests and unusual networks change. */
export interface Tuning {
  /** Requests to one host at a time; downloads and requests for tokens are counted apart. */
  readonly concurrency: number;
  readonly stallTimeoutMs: number;
  /** Longest wait for an answer to content that was sent. */
  readonly answerTimeoutMs: number;
  /** Tries of one step that fail without the registry asking for a pause. */
  readonly maxFailures: number;
  /** Longest time one step is tried. */
  readonly budgetMs: number;
  /** Larger blobs are uploaded in parts of this size. */
  readonly chunkBytes: number;
  readonly clock: Clock;
  readonly random: () => number;
  /** `/` except in tests. */
  readonly root: string;
}

const DEFAULT_TUNING: Tuning = {
  concurrency: 32,
  stallTimeoutMs: 30_000,
  answerTimeoutMs: 5 * 60_000,
  maxFailures: 8,
  budgetMs: 15 * 60_000,
  chunkBytes: 64 * 1024 * 1024,
  clock: SYSTEM_CLOCK,
  random: Math.random,
  root: '/',
};

/** The client for all registries of this process. One is enough: its limits only hold for its own requests. */
export function connectRegistries(options: ConnectOptions): Registry {
  const tuning = { ...DEFAULT_TUNING, ...options.tuning };
  const { env, home, uid, signal, onEvent } = options;
  const { clock, random, concurrency } = tuning;
  const transport = createHttpTransport({
    connections: concurrency * LANES.length,
    stallTimeoutMs: tuning.stallTimeoutMs,
    answerTimeoutMs: tuning.answerTimeoutMs,
    userAgent: options.userAgent,
    env,
    certificatesFor: (host) => loadCertificates({ env, home, root: tuning.root }, host),
    systemAuthorities: () => getCACertificates(),
  });
  const onPause = (pause: { host: string; delayMs: number; reason: string }) => onEvent({ kind: 'pause', ...pause });
  const limiters = createHostLimiters({ clock, concurrency, random, onPause });
  const { maxFailures, budgetMs } = tuning;
  const onRetry = (retry: { what: string; delayMs: number; reason: string }) => onEvent({ kind: 'retry', ...retry });
  const exchange = createExchange({ transport, limiters, clock, random, signal, maxFailures, budgetMs, onRetry });
  const onProblem = (text: string) => onEvent({ kind: 'problem', text });
  const findCredential = systemCredentials({ explicit: options.explicit, env, home, uid, signal, onProblem });
  const onCredential = (use: { host: string; source: string | undefined }) => onEvent({ kind: 'credentials', ...use });
  const authorizer = createAuthorizer({ exchange, clock, findCredential, onCredential });
  const findOrigin = createOriginFinder({ insecure: options.insecure, speaksTls });
  const session = createApiSession({ exchange, authorizer, findOrigin, signal });
  return createHttpRegistry({ session, authorizer, chunkBytes: tuning.chunkBytes, close: () => transport.close() });
}

/** Where this system keeps what registries are shown. */
export type CredentialPlaces = Pick<CredentialSources, 'explicit' | 'home' | 'uid' | 'onProblem'> &
  Pick<ConnectOptions, 'env' | 'signal'>;

/** Finds credentials in all usual places, asking helper programs where the configuration says so. */
export function systemCredentials({ env, signal, ...places }: CredentialPlaces): FindCredential {
  return createCredentialFinder({
    ...places,
    env,
    askHelper: createHelperAsker(env, signal),
    hasProgram: (name) => hasProgram(name, env['PATH'] ?? ''),
  });
}

function hasProgram(name: string, path: string): boolean {
  return path.split(delimiter).some((folder) => folder !== '' && existsSync(join(folder, name)));
}
