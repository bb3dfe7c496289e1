import semver from 'semver';
import { parseManifest } from '../oci/manifest.ts';
import { formatManifest, tagOrDigest, type Reference, type Repository } from '../oci/reference.ts';
import type { Registry } from '../oci/registry.ts';
import type { CurrentImage, TargetState } from './push-plan.ts';

/** Reads what a tag names now: one request. Where there is no such tag yet, a relative says which layers are there. */
export async function fetchTargetState(registry: Registry, target: Reference): Promise<TargetState> {
  const current = await fetchImage(registry, target, tagOrDigest(target));
  if (current !== undefined) return { current, sibling: undefined };
  const newest = selectNewest(await registry.listTags(target));
  const sibling = newest === undefined ? undefined : await fetchImage(registry, target, newest);
  return { current: undefined, sibling: sibling?.manifest };
}

/** The tag with the highest version, else the last one. */
export function selectNewest(tags: readonly string[]): string | undefined {
  const versions = tags.filter((tag) => semver.valid(tag) !== null);
  return versions.length > 0 ? semver.rsort(versions)[0] : tags.at(-1);
}

/** The image of a tag; undefined when there is no such tag. One request. */
export async function fetchImage(
  registry: Registry,
  repository: Repository,
  tag: string,
): Promise<CurrentImage | undefined> {
  const stored = await registry.findManifest(repository, tag);
  if (stored === undefined) return undefined;
  const parsed = parseManifest(stored, formatManifest(repository, tag));
  return { stored, manifest: parsed.kind === 'manifest' ? parsed.manifest : undefined };
}
