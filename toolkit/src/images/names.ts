import { failure } from '../exit-codes.ts';

export const TAG_SCHEMES = ['semver', 'dated'] as const;
export type TagScheme = (typeof TAG_SCHEMES)[number];

/** How the user wants images to be named. */
export interface NamingOptions {
  /** `HOST[:PORT][/NAMESPACE]` in front of the repository; undefined for plain local names. */
  readonly registry: string | undefined;
  /** Overrides the computed tag. */
  readonly tag: string | undefined;
  readonly scheme: TagScheme;
}

const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const REGISTRY = /^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\d{1,5})?(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*$/;
const AIM_ID = /^[A-Za-z0-9][A-Za-z0-9._-]*\/[A-Za-z0-9][A-Za-z0-9._-]*$/;
const REPOSITORY = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/;
const DIGEST = /@sha256:[0-9a-f]{64}$/;
const LONGEST_TAG = 128;

/** `0.9` of `0.9.3`: the tag of base images and the line model versions belong to. */
export function releaseLine(version: string): string {
  const [major = '0', minor = '0'] = version.split('.');
  return `${major}.${minor}`;
}

/** Reference of the base image that this version builds. */
export function baseReference(version: string, naming: NamingOptions): string {
  return qualify(naming.registry, `aim-base:${naming.tag ?? releaseLine(version)}`);
}

/** Repository of a model's image: `aim-meta-llama-llama-3-1-8b-instruct`. */
export function modelRepository(aimId: string): string {
  return `aim-${dashed(aimId, /[^a-z0-9]+/g)}`;
}

/** What a model image's reference depends on. */
export interface ModelNameFacts {
  readonly version: string;
  readonly aimId: string;
  /** Reference of the aim-base image; the dated scheme quotes its tag. */
  readonly base: string;
  readonly stamp: { readonly createdAt: number };
}

/** Reference and version of a model's image under the chosen scheme. */
export function modelReference(facts: ModelNameFacts, naming: NamingOptions): { reference: string; version: string } {
  if (naming.scheme === 'dated') {
    const date = new Date(facts.stamp.createdAt * 1000).toISOString().slice(0, 10).replaceAll('-', '');
    const line = tagOf(facts.base) ?? releaseLine(facts.version);
    const tag = naming.tag ?? `${line.toLowerCase()}-${dashed(facts.aimId, /[^a-z0-9._-]+/g)}-v${date}`;
    if (tag.length > LONGEST_TAG) {
      throw failure('usage', {
        message: `the dated tag of ${facts.aimId} has ${tag.length} characters, ${LONGEST_TAG} is the most: ${tag}`,
        hint: 'Give a shorter one with --tag or use --tag-scheme semver.',
      });
    }
    return { reference: qualify(naming.registry, `aim:${tag}`), version: naming.tag ?? `v${date}` };
  }
  const version = naming.tag ?? `${releaseLine(facts.version)}.0`;
  return { reference: qualify(naming.registry, `${modelRepository(facts.aimId)}:${version}`), version };
}

/** Tag of a reference, or undefined when it has none or is given by digest. */
export function tagOf(reference: string): string | undefined {
  if (DIGEST.test(reference)) return undefined;
  const name = reference.slice(reference.lastIndexOf('/') + 1);
  const colon = name.indexOf(':');
  return colon === -1 ? undefined : name.slice(colon + 1);
}

/** Checks `--tag`. @throws AimError usage */
export function parseTag(text: string): string {
  if (TAG.test(text)) return text;
  throw failure('usage', {
    message: `"${text}" is no image tag`,
    hint: 'A tag has up to 128 letters, digits, "_", "." and "-" and starts with none of "." and "-".',
  });
}

/** Checks `--registry` and drops a trailing slash. @throws AimError usage */
export function parseRegistry(text: string): string {
  const registry = text.replace(/\/+$/, '');
  if (REGISTRY.test(registry)) return registry;
  throw failure('usage', {
    message: `"${text}" is no registry of the form HOST[:PORT][/NAMESPACE]`,
    hint: text.includes('://')
      ? 'Leave out the scheme, for example ghcr.io/my-org.'
      : 'For example ghcr.io/my-org or localhost:5000.',
  });
}

/** Checks an image reference such as `--base` gives. @throws AimError usage */
export function parseReference(text: string): string {
  const name = text.replace(DIGEST, '');
  const tag = tagOf(name);
  const repository = tag === undefined ? name : name.slice(0, -tag.length - 1);
  const parts = repository.split('/');
  const host = parts.length > 1 && /[.:]|^localhost$/.test(parts[0] ?? '') ? parts.shift() : undefined;
  const ok = parts.every((part) => REPOSITORY.test(part)) && (tag === undefined || TAG.test(tag));
  if (ok && (host === undefined || REGISTRY.test(host))) return text;
  throw failure('usage', {
    message: `"${text}" is no image reference`,
    hint: 'It looks like [HOST[:PORT]/]NAME[:TAG][@sha256:DIGEST], name in lower case.',
  });
}

/** Checks a model's name, `org/model`. @throws AimError usage */
export function parseAimId(text: string): string {
  if (AIM_ID.test(text)) return text;
  throw failure('usage', {
    message: `"${text}" is no model of the form ORG/MODEL`,
    hint: 'For example meta-llama/Llama-3.1-8B-Instruct.',
  });
}

function qualify(registry: string | undefined, name: string): string {
  return registry === undefined ? name : `${registry}/${name}`;
}

function dashed(text: string, outside: RegExp): string {
  return text
    .toLowerCase()
    .replace(outside, '-')
    .replace(/^-+|-+$/g, '')
    .replace(/-{2,}/g, '-');
}
