import { failure } from '../exit-codes.ts';
import { findReference, isTag } from '../oci/reference.ts';
import { formatLine, parseLine } from '../versions/line.ts';
import { firstTag } from '../versions/next.ts';
import { createDatedSeries, createModelSeries } from '../versions/series.ts';

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

/** What the base image is called among names of models. */
export const BASE_WORDS: readonly string[] = ['base', 'aim-base'];

const AIM_ID = /^[A-Za-z0-9][A-Za-z0-9._-]*\/[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** `0.9` of `0.9.0`: the tag of base images and what versions of models begin with. @throws AimError usage */
export function releaseLine(version: string): string {
  return formatLine(parseLine(version));
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

/** Reference and version of a model's image under the chosen scheme, where no other image has been released yet. */
export function modelReference(facts: ModelNameFacts, naming: NamingOptions): { reference: string; version: string } {
  if (naming.tag !== undefined) {
    const repository = naming.scheme === 'dated' ? 'aim' : modelRepository(facts.aimId);
    return { reference: qualify(naming.registry, `${repository}:${naming.tag}`), version: naming.tag };
  }
  if (naming.scheme === 'dated') {
    const day = formatDay(facts.stamp.createdAt);
    const line = findReference(facts.base)?.tag ?? releaseLine(facts.version);
    const prefix = `${line.toLowerCase()}-${dashed(facts.aimId, /[^a-z0-9._-]+/g)}`;
    const tag = firstTag({ series: createDatedSeries(prefix, day), stage: 'official' });
    return { reference: qualify(naming.registry, `aim:${tag}`), version: `v${day}` };
  }
  const version = firstTag({ series: createModelSeries(parseLine(facts.version)), stage: 'official' });
  return { reference: qualify(naming.registry, `${modelRepository(facts.aimId)}:${version}`), version };
}

/** The UTC day of a time as YYYYMMDD. @param createdAt seconds since 1970 */
export function formatDay(createdAt: number): string {
  return new Date(createdAt * 1000).toISOString().slice(0, 10).replaceAll('-', '');
}

/** Checks `--tag`. @throws AimError usage */
export function parseTag(text: string): string {
  if (isTag(text)) return text;
  throw failure('usage', {
    message: `"${text}" is no image tag`,
    hint: 'A tag has up to 128 letters, digits, "_", "." and "-" and starts with none of "." and "-".',
  });
}

/** Checks `--registry` and drops a trailing slash. @throws AimError usage */
export function parseRegistry(text: string): string {
  const registry = text.replace(/\/+$/, '');
  // What can stand in front of a name, and nothing else.
  if (findReference(`${registry}/name`) !== undefined) return registry;
  throw failure('usage', {
    message: `"${text}" is no registry of the form HOST[:PORT][/NAMESPACE]`,
    hint: text.includes('://')
      ? 'Leave out the scheme, for example ghcr.io/my-org.'
      : 'For example ghcr.io/my-org or localhost:5000.',
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
