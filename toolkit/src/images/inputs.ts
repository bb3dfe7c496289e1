import { createHash } from 'node:crypto';
import type { ImageManifest } from '../oci/types.ts';
import { canonicalJson } from './canonical-json.ts';
import {
  BASE_DIGEST_LABEL,
  BASE_NAME_LABEL,
  CREATED_LABEL,
  LAYOUT_LABEL,
  REVISION_LABEL,
  VERSION_LABEL,
} from './labels.ts';
import { IMAGE_PATHS, type ImagePlan } from './plan.ts';

/** Annotation of a manifest with the {@link ImageInputs}, so that one request tells what an image was made of. */
export const INPUTS_ANNOTATION = 'com.amd.aim.image.inputs';

/** What an image is made of, in a form that can be compared: digests of everything but the time and the commit. */
export interface ImageInputs {
  readonly layout: string;
  /** Digest of the base image's manifest. */
  readonly base: string;
  /** SHA-256 of every file, by path in the image. */
  readonly files: Readonly<Record<string, string>>;
  /** Digest of the labels that metadata.yaml gives. */
  readonly metadata: string;
  /** Digest of environment, user, entrypoint, modes and owners. */
  readonly settings: string;
}

export const CHANGE_PARTS = [
  'profiles',
  'runtime',
  'schemas',
  'base',
  'metadata',
  'settings',
  'layout',
  'revision',
  'unknown',
] as const;

/** One reason why an image has to be made anew. */
export interface Change {
  readonly part: (typeof CHANGE_PARTS)[number];
  /** What exactly, one line each: `changed vllm-mi300x-fp8-tp1-latency.yaml`. */
  readonly details: readonly string[];
}

/** Labels that are no input of their own: they follow from the commit or from other inputs. */
const NOT_METADATA = new Set([
  BASE_DIGEST_LABEL,
  BASE_NAME_LABEL,
  CREATED_LABEL,
  LAYOUT_LABEL,
  REVISION_LABEL,
  VERSION_LABEL,
]);
const DIRTY = /-dirty$/;

export function describeInputs(plan: ImagePlan, files: Readonly<Record<string, string>>): ImageInputs {
  const metadata = Object.fromEntries(Object.entries(plan.labels).filter(([name]) => !NOT_METADATA.has(name)));
  const { env, workdir, user, entrypoint } = plan;
  const entries = plan.entries.map((entry) => [entry.path, entry.mode, entry.kind === 'file' ? 0 : entry.owner]);
  return {
    layout: plan.labels[LAYOUT_LABEL] ?? '',
    base: plan.labels[BASE_DIGEST_LABEL] ?? '',
    files,
    metadata: digestOf(metadata),
    settings: digestOf({ env, workdir, user, entrypoint, entries }),
  };
}

/** The inputs a manifest names; undefined when it is none of ours. */
export function readInputs(manifest: ImageManifest | undefined): ImageInputs | undefined {
  return parseInputs(manifest?.annotations?.[INPUTS_ANNOTATION]);
}

/** The inputs an annotation names; undefined when it is none of ours. */
export function parseInputs(text: string | undefined): ImageInputs | undefined {
  if (text === undefined) return undefined;
  try {
    const { layout, base, files, metadata, settings } = JSON.parse(text) as Partial<Record<keyof ImageInputs, unknown>>;
    const isComplete = [layout, base, metadata, settings].every((part) => typeof part === 'string');
    return isComplete && isTexts(files) ? (JSON.parse(text) as ImageInputs) : undefined;
  } catch {
    return undefined;
  }
}

/** An image's inputs and the commit they come from. */
export interface Provenance {
  readonly inputs: ImageInputs;
  readonly revision: string;
}

/** Every reason to make the image anew; none when it is up to date, whatever commit it was made from. */
export function compareInputs(before: Provenance | undefined, after: Provenance): Change[] {
  if (before === undefined) return [{ part: 'unknown', details: ['the image there does not say what it was made of'] }];
  const [old, now] = [before.inputs, after.inputs];
  const changes: Change[] = compareFiles(old.files, now.files);
  const differs = (part: Change['part'], isEqual: boolean, ...details: string[]) => {
    if (!isEqual) changes.push({ part, details });
  };
  differs('base', old.base === now.base, `${old.base} -> ${now.base}`);
  differs('metadata', old.metadata === now.metadata);
  // A file that comes or goes changes the list of entries too; that has been said.
  differs('settings', old.settings === now.settings || changes.some(({ part }) => FILE_PARTS.has(part)));
  differs('layout', old.layout === now.layout, `${old.layout} -> ${now.layout}`);
  const becomesClean = isUncommitted(before.revision) && !isUncommitted(after.revision);
  differs('revision', !becomesClean, 'the image there was made from files that were not committed');
  return changes;
}

const FILE_PARTS: ReadonlySet<Change['part']> = new Set(['profiles', 'runtime', 'schemas']);

function compareFiles(before: Readonly<Record<string, string>>, after: Readonly<Record<string, string>>): Change[] {
  const details = new Map<Change['part'], string[]>();
  for (const path of [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()) {
    if (before[path] === after[path]) continue;
    const verb = before[path] === undefined ? 'added' : after[path] === undefined ? 'removed' : 'changed';
    const part = partOf(path);
    details.set(part, [...(details.get(part) ?? []), `${verb} ${path.slice(path.lastIndexOf('/') + 1)}`]);
  }
  return [...details].map(([part, lines]) => ({ part, details: lines }));
}

function partOf(path: string): Change['part'] {
  if (path === IMAGE_PATHS.runtime) return 'runtime';
  return path.startsWith(`${IMAGE_PATHS.schemas}/`) ? 'schemas' : 'profiles';
}

function isUncommitted(revision: string): boolean {
  return revision === '' || DIRTY.test(revision);
}

function isTexts(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.values(value).every((item) => typeof item === 'string');
}

function digestOf(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}
