import { failure } from '../exit-codes.ts';
import type { ReleaseRecord } from '../generated/release-record.js';
import { isImageNamed } from './record.ts';

/** A floating tag that goes back. */
export interface TagRollback {
  /** Name of the repository below the registry. */
  readonly repository: string;
  readonly tag: string;
  /** What it names now; null when it is gone. */
  readonly currentDigest: string | null;
  /** What it is to name. */
  readonly digest: string;
  readonly action: 'move' | 'none';
}

/** What a rollback would do; data only. */
export interface RollbackPlan {
  readonly registry: string;
  /** Releases that are undone, newest first. */
  readonly undoes: readonly string[];
  /** The release before them; null when there was none. */
  readonly to: string | null;
  readonly tags: readonly TagRollback[];
  /** Tags the undone releases made: nothing was recorded for them, so they stay. */
  readonly kept: readonly { readonly repository: string; readonly tag: string }[];
}

/** A floating tag of a repository. */
export interface TagName {
  readonly repository: string;
  readonly tag: string;
}

/**
 * Which releases a rollback undoes: the newest one, or all that came after `to`.
 * @param releases names, newest first
 * @throws AimError usage or check-failed when that release is not recorded, or there is none to undo
 */
export function selectUndone(releases: readonly string[], to: string | undefined): readonly string[] {
  if (releases.length === 0) {
    throw failure('check-failed', {
      message: 'no release is recorded in this registry, so it is not known what its tags named before',
      hint: 'Records are written by aimctl release and aimctl promote.',
    });
  }
  if (to === undefined) return releases.slice(0, 1);
  const index = releases.indexOf(to);
  if (index > 0) return releases.slice(0, index);
  throw failure(index === 0 ? 'check-failed' : 'usage', {
    message:
      index === 0 ? `${to} is the newest release: there is nothing to undo` : `no release ${to} is recorded here`,
    hint: `Recorded are ${releases.slice(0, 10).join(', ')}${releases.length > 10 ? ', …' : ''}.`,
  });
}

/**
 * The records with only those of their images that are named, by model or `base`; undefined for all.
 * @throws AimError usage for a name that is in none of them
 */
export function limitImages(undone: readonly ReleaseRecord[], names: readonly string[] | undefined): ReleaseRecord[] {
  if (names === undefined) return [...undone];
  const all = undone.flatMap(({ images }) => images);
  const unknown = names.filter((name) => !all.some((image) => isImageNamed(image, name)));
  if (unknown.length > 0) {
    const known = new Set(all.map(({ model }) => model ?? 'base'));
    throw failure('usage', {
      message: `what is undone, ${undone.flatMap(({ release }) => release ?? []).join(', ')}, has no image of ${unknown.join(', ')}`,
      hint: `Its images are ${[...known].sort().join(', ')}.`,
    });
  }
  const isWanted = (image: ReleaseRecord['images'][number]) => names.some((name) => isImageNamed(image, name));
  return undone.map((record) => ({ ...record, images: record.images.filter(isWanted) }));
}

/**
 * What the floating tags named before these releases: the oldest of them that moved a tag knows.
 * @param undone records, newest first
 */
export function selectEarlier(undone: readonly ReleaseRecord[]): Map<string, TagName & { digest: string | null }> {
  const earlier = new Map<string, TagName & { digest: string | null }>();
  for (const record of undone) {
    for (const { repository, floating } of record.images) {
      for (const { tag, previousDigest } of floating)
        earlier.set(`${repository}:${tag}`, { repository, tag, digest: previousDigest });
    }
  }
  return earlier;
}

/**
 * Plans the rollback. @param undone records, newest first
 * @param current what the tags name now, by `repository:tag`
 */
export function planRollback(
  undone: readonly ReleaseRecord[],
  { registry, to, current }: { registry: string; to: string | null; current: ReadonlyMap<string, string | null> },
): RollbackPlan {
  const earlier = [...selectEarlier(undone)].sort(([a], [b]) => (a < b ? -1 : 1));
  const tags = earlier.flatMap(([name, { repository, tag, digest }]): TagRollback[] => {
    if (digest === null) return [];
    const currentDigest = current.get(name) ?? null;
    return [{ repository, tag, currentDigest, digest, action: currentDigest === digest ? 'none' : 'move' }];
  });
  const kept = earlier.flatMap(([, { repository, tag, digest }]) => (digest === null ? [{ repository, tag }] : []));
  return { registry, undoes: undone.flatMap(({ release }) => release ?? []), to, tags, kept };
}
