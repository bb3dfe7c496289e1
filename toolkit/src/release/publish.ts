import { mapLimited } from '../images/map-limited.ts';
import { formatManifest, type Repository } from '../oci/reference.ts';
import type { NewManifest } from '../oci/registry.ts';
import { awaitTag, demandFree, moveTag, writeExactTag, type TagPorts } from './set-tags.ts';

/** A floating tag that is to name another image. */
export interface FloatingMove {
  readonly tag: string;
  /** What it names now; null when there is no such tag. */
  readonly previousDigest: string | null;
}

/** An image to be published. */
export interface Publication {
  readonly repository: Repository;
  readonly digest: string;
  /** Tag that names it for good. */
  readonly tag: string;
  readonly floating: readonly FloatingMove[];
  /** True when the tag names the image already. */
  readonly isTagged: boolean;
  /** True for an image that others are put on: it is there before they are. */
  readonly isBase: boolean;
}

export type PublishPhase = 'pushing' | 'attesting' | 'tagging' | 'verifying' | 'moving tags' | 'done';

export interface PublishOptions<Item extends Publication> extends TagPorts {
  /** Images at a time. */
  readonly concurrency: number;
  /** Puts the image into its repository under its digest; called again after a crash. */
  readonly provide: (item: Item) => Promise<void>;
  /** Attaches what proves where it comes from; undefined when that is not configured. */
  readonly attest: ((item: Item) => Promise<void>) | undefined;
  /** Last word before any tag is written; a failure stops the release. */
  readonly approve: (items: readonly Item[]) => Promise<void>;
  /**
   * Keeps what is about to happen and what the floating tags named, before any tag is written: a run that is cut off
   * later is recognised by it.
   */
  readonly record: () => Promise<void>;
  readonly onPhase: (item: Item, phase: PublishPhase) => void;
}

/**
 * Publishes images in two phases: everything by digest, then exact tags, read back, and only when all of them are
 * there the floating tags. Each step recognises what an earlier run did, so a run that was cut off is finished by
 * the next one, and a floating tag never names an image whose release is not complete.
 */
export async function publish<Item extends Publication>(
  items: readonly Item[],
  options: PublishOptions<Item>,
): Promise<void> {
  const { concurrency, onPhase } = options;
  const pending = items.filter(({ isTagged, floating }) => !isTagged || floating.length > 0);
  for (const isBase of [true, false]) {
    const wave = pending.filter((item) => item.isBase === isBase);
    await mapLimited(wave, concurrency, (item) => provideOne(item, options));
  }
  await options.approve(pending);
  // A record names what its release has to become: none is left behind of one that somebody else was quicker with.
  const untagged = pending.filter(({ isTagged }) => !isTagged);
  await mapLimited(untagged, concurrency, (item) => demandFree(options.registry, item));
  await options.record();
  const tagged = await mapLimited(pending, concurrency, async (item) => {
    onPhase(item, 'tagging');
    const manifest = await fetchManifest(item, options);
    if (!item.isTagged) await writeExactTag(options, item, manifest);
    return { item, manifest };
  });
  await mapLimited(pending, concurrency, async (item) => {
    onPhase(item, 'verifying');
    await awaitTag(options, item);
  });
  await mapLimited(tagged, concurrency, async ({ item, manifest }) => {
    await moveFloating(item, manifest, options);
    onPhase(item, 'done');
  });
}

async function provideOne<Item extends Publication>(item: Item, options: PublishOptions<Item>): Promise<void> {
  const { registry, onPhase } = options;
  if (!item.isTagged && (await registry.headManifest(item.repository, item.digest)) === undefined) {
    onPhase(item, 'pushing');
    await options.provide(item);
  }
  if (options.attest === undefined) return;
  onPhase(item, 'attesting');
  await options.attest(item);
}

/** The manifest as the registry holds it, checked against its digest: what tags are made of. */
async function fetchManifest({ repository, digest }: Publication, { registry }: TagPorts): Promise<NewManifest> {
  return registry.getManifest({ ...repository, tag: undefined, digest, text: formatManifest(repository, digest) });
}

async function moveFloating<Item extends Publication>(
  item: Item,
  manifest: NewManifest,
  options: PublishOptions<Item>,
): Promise<void> {
  const { repository, digest } = item;
  for (const { tag, previousDigest } of item.floating) {
    options.onPhase(item, 'moving tags');
    await moveTag(options, { repository, tag, digest, expected: previousDigest }, manifest);
    await awaitTag(options, { repository, tag, digest });
  }
}
