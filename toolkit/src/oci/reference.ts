import { failure } from '../exit-codes.ts';
import { isDigest } from './digest.ts';

/** A repository of a registry. */
export interface Repository {
  /** Registry as people write it, with the port if it has one: `docker.io`, `localhost:5000`. */
  readonly host: string;
  /** Path in the registry: `library/debian`. */
  readonly name: string;
}

/** A parsed image reference. */
export interface Reference extends Repository {
  readonly tag: string | undefined;
  readonly digest: string | undefined;
  /** As it was written. */
  readonly text: string;
}

export const DOCKER_HUB = 'docker.io';
const OFFICIAL_NAMESPACE = 'library';
const DEFAULT_TAG = 'latest';
const LONGEST_NAME = 255;

const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const COMPONENT = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/;
const HOST_NAME = /^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::(\d{1,5}))?$/;
const HOST_IPV6 = /^\[[0-9A-Fa-f:]+\](?::(\d{1,5}))?$/;
const LARGEST_PORT = 65_535;

/**
 * Parses an image reference. Names without a registry belong to Docker Hub, as everywhere.
 * @throws AimError usage
 * @see https://github.com/distribution/reference
 */
export function parseReference(text: string): Reference {
  const reference = findReference(text);
  if (reference !== undefined) return reference;
  throw failure('usage', {
    message: `"${text}" is no image reference`,
    hint: text.includes('://')
      ? 'Leave out the scheme, for example ghcr.io/my-org/my-image:1.0.'
      : 'It looks like [HOST[:PORT]/]NAME[:TAG][@sha256:DIGEST], name in lower case.',
  });
}

/** The reference in a text, or undefined when it is none. */
export function findReference(text: string): Reference | undefined {
  const at = text.indexOf('@');
  const digest = at === -1 ? undefined : text.slice(at + 1);
  const named = at === -1 ? text : text.slice(0, at);
  const colon = named.indexOf(':', named.lastIndexOf('/') + 1);
  const tag = colon === -1 ? undefined : named.slice(colon + 1);
  const repository = splitHost(colon === -1 ? named : named.slice(0, colon));
  const isValid =
    isHost(repository.host) &&
    isName(repository.name) &&
    (tag === undefined || isTag(tag)) &&
    (digest === undefined || isDigest(digest));
  return isValid ? { ...repository, tag, digest, text } : undefined;
}

/** True for what may follow the colon of a reference. */
export function isTag(text: string): boolean {
  return TAG.test(text);
}

/** The whole reference, registry and all: `docker.io/library/debian:13`. */
export function formatReference(reference: Omit<Reference, 'text'>): string {
  const tag = reference.tag === undefined ? '' : `:${reference.tag}`;
  return `${formatRepository(reference)}${tag}${reference.digest === undefined ? '' : `@${reference.digest}`}`;
}

/** `host/name`. */
export function formatRepository({ host, name }: Repository): string {
  return `${host}/${name}`;
}

/** A manifest of a repository by tag or digest, for messages: `ghcr.io/org/a:1`, `ghcr.io/org/a@sha256:…`. */
export function formatManifest(repository: Repository, tagOrDigest: string): string {
  return `${formatRepository(repository)}${isDigest(tagOrDigest) ? '@' : ':'}${tagOrDigest}`;
}

/** What a registry is asked for: the digest, else the tag, else `latest`. */
export function tagOrDigest({ tag, digest }: Pick<Reference, 'tag' | 'digest'>): string {
  return digest ?? tag ?? DEFAULT_TAG;
}

/** True when both are the same repository. */
export function isSameRepository(a: Repository, b: Repository): boolean {
  return a.host === b.host && a.name === b.name;
}

/** The first part is a registry only if it cannot be a name: with a dot, a port, capitals, or `localhost`. */
function splitHost(path: string): Repository {
  const slash = path.indexOf('/');
  const first = path.slice(0, Math.max(slash, 0));
  const isRegistry = first === 'localhost' || /[.:\[A-Z]/.test(first);
  if (slash === -1) return { host: DOCKER_HUB, name: `${OFFICIAL_NAMESPACE}/${path}` };
  if (!isRegistry) return { host: DOCKER_HUB, name: path };
  const name = path.slice(slash + 1);
  const isHub = first === DOCKER_HUB || first === 'index.docker.io';
  if (!isHub) return { host: first, name };
  return { host: DOCKER_HUB, name: name.includes('/') ? name : `${OFFICIAL_NAMESPACE}/${name}` };
}

function isHost(host: string): boolean {
  const match = HOST_NAME.exec(host) ?? HOST_IPV6.exec(host);
  const port = Number(match?.[1] ?? 1);
  // The URL parser refuses further names, such as those that end in a number but are no address.
  return match !== null && port >= 1 && port <= LARGEST_PORT && URL.canParse(`https://${host}`);
}

function isName(name: string): boolean {
  return name.length <= LONGEST_NAME && name.split('/').every((part) => COMPONENT.test(part));
}
