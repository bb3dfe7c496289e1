import { join } from 'node:path';
import { readAuthFile, selectEntry, selectHelper, type AuthFile } from './auth-file.ts';
import type { Credential } from './credential.ts';
import { DOCKER_HUB, type Repository } from './reference.ts';

/** Asks a credential helper about a server. Undefined when it knows none. @throws when it cannot be asked */
export type AskHelper = (helper: string, server: string) => Promise<HelperAnswer | undefined>;

export interface HelperAnswer {
  readonly username: string;
  readonly secret: string;
}

export interface CredentialSources {
  /** Given for one registry by the user; before everything else. */
  readonly explicit?: { readonly host: string; readonly username: string; readonly password: string } | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly uid: number | undefined;
  readonly askHelper: AskHelper;
  /** True when there is a program of this name. */
  readonly hasProgram: (name: string) => boolean;
  /** Told about a source that cannot be used; the next one is tried. */
  readonly onProblem: (text: string) => void;
}

/** Finds what to show to a registry; undefined when there is nothing. */
export type FindCredential = (repository: Repository) => Promise<Credential | undefined>;

type Strategy = (sources: CredentialSources, repository: Repository) => Promise<Credential | undefined>;

/** In order of precedence. */
const STRATEGIES: readonly Strategy[] = [fromUser, fromDockerConfig, fromPodman, fromGitHub, fromEcrHelper];
const HUB_SERVER = 'https://index.docker.io/v1/';
const HELPER_PREFIX = 'docker-credential-';
const ECR_HELPER = 'ecr-login';
const ECR_HOST = /^(?:\d+\.dkr[.-]ecr(?:-fips)?\.[a-z0-9-]+\.(?:amazonaws\.com(?:\.cn)?|on\.aws)|public\.ecr\.aws)$/;
/** User name by which helpers say that the secret is an identity token. */
const TOKEN_USER = '<token>';

/**
 * A finder that asks each helper once about a registry, however many repositories are asked for, and tells of each
 * problem once.
 */
export function createCredentialFinder(given: CredentialSources): FindCredential {
  const sources = { ...given, askHelper: askOnce(given.askHelper), onProblem: tellOnce(given.onProblem) };
  return async (repository) => {
    for (const strategy of STRATEGIES) {
      const credential = await strategy(sources, repository);
      if (credential !== undefined) return credential;
    }
    return undefined;
  };
}

/** Failures are kept too: a helper that does not work may take its time to say so. */
function askOnce(askHelper: AskHelper): AskHelper {
  const answers = new Map<string, ReturnType<AskHelper>>();
  return (helper, server) => {
    const key = `${helper} ${server}`;
    const answer = answers.get(key) ?? askHelper(helper, server);
    answers.set(key, answer);
    return answer;
  };
}

function tellOnce(tell: (text: string) => void): (text: string) => void {
  const told = new Set<string>();
  return (text) => {
    if (!told.has(text)) tell(text);
    told.add(text);
  };
}

/** Name under which a registry's credentials are kept. */
export function serverName(host: string): string {
  return host === DOCKER_HUB ? HUB_SERVER : host;
}

function fromUser({ explicit }: CredentialSources, { host }: Repository): Promise<Credential | undefined> {
  const given = explicit?.host === host ? explicit : undefined;
  const source = 'the command line';
  return Promise.resolve(given && { kind: 'password', username: given.username, password: given.password, source });
}

async function fromDockerConfig(sources: CredentialSources, repository: Repository): Promise<Credential | undefined> {
  const folder = sources.env['DOCKER_CONFIG'] || join(sources.home, '.docker');
  return fromFile(sources, repository, join(folder, 'config.json'));
}

async function fromPodman(sources: CredentialSources, repository: Repository): Promise<Credential | undefined> {
  const { env, home, uid } = sources;
  const runtime = env['XDG_RUNTIME_DIR'] || (uid === undefined ? undefined : `/run/user/${uid}`);
  const config = env['XDG_CONFIG_HOME'] || join(home, '.config');
  const files = [
    env['REGISTRY_AUTH_FILE'],
    runtime && join(runtime, 'containers/auth.json'),
    join(config, 'containers/auth.json'),
  ];
  for (const file of files) {
    const credential = file ? await fromFile(sources, repository, file) : undefined;
    if (credential !== undefined) return credential;
  }
  return undefined;
}

async function fromFile(
  sources: CredentialSources,
  repository: Repository,
  path: string,
): Promise<Credential | undefined> {
  let file: AuthFile | undefined;
  try {
    file = readAuthFile(path);
  } catch (error) {
    sources.onProblem((error as Error).message);
  }
  if (file === undefined) return undefined;
  const helper = selectHelper(file, repository);
  if (helper !== undefined) {
    const source = `${HELPER_PREFIX}${helper} (named in ${path})`;
    const found = await askHelper(sources, { helper, source, host: repository.host });
    if (found !== undefined) return found;
  }
  const entry = selectEntry(file, repository);
  return entry && { ...entry, source: path };
}

function fromGitHub({ env }: CredentialSources, { host }: Repository): Promise<Credential | undefined> {
  if (host !== 'ghcr.io') return Promise.resolve(undefined);
  const name = ['GITHUB_TOKEN', 'GH_TOKEN'].find((one) => env[one]);
  const password = name === undefined ? undefined : env[name];
  // GitHub looks at the token only, but wants a name.
  const username = env['GITHUB_ACTOR'] || 'x-access-token';
  return Promise.resolve(name && password ? { kind: 'password', username, password, source: name } : undefined);
}

async function fromEcrHelper(sources: CredentialSources, { host }: Repository): Promise<Credential | undefined> {
  if (!ECR_HOST.test(host) || !sources.hasProgram(`${HELPER_PREFIX}${ECR_HELPER}`)) return undefined;
  return askHelper(sources, { helper: ECR_HELPER, source: `${HELPER_PREFIX}${ECR_HELPER}`, host });
}

async function askHelper(
  sources: CredentialSources,
  { helper, source, host }: { readonly helper: string; readonly source: string; readonly host: string },
): Promise<Credential | undefined> {
  try {
    const answer = await sources.askHelper(helper, serverName(host));
    if (answer === undefined) return undefined;
    const { username, secret } = answer;
    if (username === TOKEN_USER) return { kind: 'identity-token', token: secret, source };
    return { kind: 'password', username, password: secret, source };
  } catch (error) {
    sources.onProblem((error as Error).message);
    return undefined;
  }
}
