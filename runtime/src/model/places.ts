import { join } from 'node:path';

/** Our files in a model's folder, beside those of the hub's own tools. */
export const FOLDER_WORK = '.cache/aim';
/** The completeness marker there. */
export const MANIFEST_NAME = 'manifest.json';
/** Our files in a repository's folder of a hub cache. */
export const HUB_WORK = '.aim';

/** `models--org--model`, below the `hub` folder of a cache. */
export function hubFolder(name: string): string {
  return join('hub', `models--${name.replaceAll('/', '--')}`);
}

/** Completeness marker of a commit in a hub cache. */
export function hubManifest(name: string, commit: string): string {
  return join(hubFolder(name), HUB_WORK, `${commit}.json`);
}

/** Record, in a work folder, of what an unfinished download has put in place. */
export function placedName(commit: string | undefined): string {
  return `placed-${commit ?? 'bucket'}.jsonl`;
}
