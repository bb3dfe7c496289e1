import { join } from 'node:path';

/** Our files in a model's folder, beside those of the hub's own tools. */
export const FOLDER_WORK = '.cache/aim';
/** The completeness marker there. */
export const MANIFEST_NAME = 'manifest.json';
/** Our files in a repository's folder of a hub cache. */
export const HUB_WORK = '.aim';

/** Record there of what an unfinished download has put in place, whatever the commit: all go to the same place. */
export const PLACED_NAME = 'placed.jsonl';

/** `models--org--model`, below the `hub` folder of a cache. */
export function hubFolder(name: string): string {
  return join('hub', oldHubFolder(name));
}

/** Where releases up to 0.9 put what `--use-hf-cache` brought: beside the `hub` folder instead of below it. */
export function oldHubFolder(name: string): string {
  return `models--${name.replaceAll('/', '--')}`;
}

/** Completeness marker of a commit in the work folder of a hub cache. */
export function hubManifestName(commit: string): string {
  return `${commit}.json`;
}

/** Record there of what an unfinished download of a commit has put in place. */
export function hubPlacedName(commit: string): string {
  return `placed-${commit}.jsonl`;
}
