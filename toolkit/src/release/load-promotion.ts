import { failure } from '../exit-codes.ts';
import type { RecordedImage, ReleaseRecord } from '../generated/release-record.js';
import { mapLimited } from '../images/map-limited.ts';
import { formatManifest, parseReference, type Reference } from '../oci/reference.ts';
import type { Registry } from '../oci/registry.ts';
import type { ReleaseItem } from './apply.ts';
import { createImageCopier, type Copy } from './copy-image.ts';
import { floatingTagsOf, planRelease, type ReleaseCandidate, type ReleasePlan } from './plan.ts';
import { isImageNamed, sortReleases } from './record.ts';
import { findRecord, listRecords } from './record-store.ts';

export interface PromotionRequest {
  /** HOST[/NAMESPACE] the images are in. */
  readonly from: string;
  /** HOST[/NAMESPACE] they go to. */
  readonly to: string;
  /** Name of the release; undefined for the newest. */
  readonly release: string | undefined;
  /** Only these of its images, by model or `base`; undefined for all. */
  readonly images?: readonly string[] | undefined;
  /** Images at a time. */
  readonly concurrency: number;
}

/**
 * Reads the release and what the target has of it, and plans the same release there: tags and digests stay, floating
 * tags follow from what the target holds. Some of its images come ahead: the release and its floating tags follow
 * when all of it is promoted. Changes nothing. @throws AimError usage, check-failed or remote
 */
export async function loadPromotion(client: Registry, request: PromotionRequest): Promise<ReleasePlan> {
  const { from, to, concurrency } = request;
  if (from === to) throw failure('usage', { message: `images of ${from} were to be promoted to itself` });
  const record = await loadRelease(client, from, request.release);
  if (request.release === undefined) await refuseWithdrawn(client, record, request);
  const { release, createdAt, commit } = record;
  const [candidates, known] = await Promise.all([
    mapLimited(selectImages(record, request.images), concurrency, (image) => loadCandidate(client, request, image)),
    request.images === undefined ? findRecord(client, to, release) : undefined,
  ]);
  const plan = planRelease({
    stage: 'official',
    registry: to,
    line: release.split('.').slice(0, 2).join('.'),
    stamp: { createdAt: Date.parse(createdAt) / 1_000, revision: commit },
    promotedFrom: from,
    newest: known,
    isWhole: request.images === undefined,
    candidates,
  });
  if (known !== undefined && !plan.isResumed) {
    throw failure('check-failed', {
      message: `${to} has a release ${release} already, of other images`,
      hint: 'Promote into a registry or namespace of its own, or choose another release with --release.',
    });
  }
  // A release keeps its name wherever it is.
  return plan.record.release === null || plan.isResumed ? plan : { ...plan, record: { ...plan.record, release } };
}

/** How images of `from` get to where they are promoted to, for applyRelease. */
export interface Promoter {
  provide(item: ReleaseItem): Promise<void>;
  /** What proves where an image comes from is carried along. */
  attest(item: ReleaseItem): Promise<void>;
  /** Referrers copied so far. */
  referrers(): number;
}

export function createPromoter(client: Registry, from: string): Promoter {
  const copier = createImageCopier(client);
  let referrers = 0;
  const copyOf = ({ repository, image }: ReleaseItem): Copy => ({
    source: parseReference(`${from}/${image.repository}`),
    target: repository,
  });
  return {
    provide: (item) => copier.copy(copyOf(item), item.digest),
    attest: async (item) => {
      const copied = await copier.copyReferrers(copyOf(item), item.digest);
      referrers += copied;
    },
    referrers: () => referrers,
  };
}

async function loadRelease(
  client: Registry,
  registry: string,
  wanted: string | undefined,
): Promise<ReleaseRecord & { release: string }> {
  const release = wanted ?? sortReleases(await listRecords(client, registry))[0];
  const record = release === undefined ? undefined : await findRecord(client, registry, release);
  if (record?.release !== undefined && record.release !== null) return { ...record, release: record.release };
  throw failure(wanted === undefined ? 'check-failed' : 'usage', {
    message:
      wanted === undefined
        ? `no release is recorded in ${registry}`
        : `no release ${wanted} is recorded in ${registry}`,
    hint: 'Records are written by aimctl release.',
  });
}

/** @throws AimError usage for a name that is none of its images */
function selectImages({ images, release }: ReleaseRecord, names: readonly string[] | undefined): RecordedImage[] {
  if (names === undefined) return [...images];
  const unknown = names.filter((name) => !images.some((image) => isImageNamed(image, name)));
  if (unknown.length === 0) return images.filter((image) => names.some((name) => isImageNamed(image, name)));
  throw failure('usage', {
    message: `release ${release ?? ''} has no image of ${unknown.join(', ')}`,
    hint: `Its images are ${images.map(({ model }) => model ?? 'base').join(', ')}.`,
  });
}

/**
 * What was rolled back, or never finished, is not carried on unasked: its floating tags name something else.
 * One request for each tag that the release moved.
 */
async function refuseWithdrawn(
  client: Registry,
  { release, images }: ReleaseRecord & { release: string },
  { from, concurrency }: PromotionRequest,
): Promise<void> {
  const withdrawn = await mapLimited(images, concurrency, async ({ repository, digest, floating }) => {
    const target = parseReference(`${from}/${repository}`);
    const tags = floating.map(({ tag }) => tag);
    const heads = await loadHeads(client, target, tags);
    return tags.every((tag) => heads.get(tag) === digest) ? [] : [repository];
  });
  const names = withdrawn.flat();
  if (names.length === 0) return;
  throw failure('check-failed', {
    message: `release ${release} of ${from} was rolled back or is not finished`,
    details: names,
    hint: `Name a release with --release: ${release} to promote it all the same, or an earlier one.`,
  });
}

/**
 * What the target has of an image: three requests and one for each floating tag.
 * @throws AimError check-failed when its version names another image, here or there
 */
async function loadCandidate(
  client: Registry,
  { from, to }: Pick<PromotionRequest, 'from' | 'to'>,
  image: RecordedImage,
): Promise<ReleaseCandidate> {
  const [source, target] = [parseReference(`${from}/${image.repository}`), parseReference(`${to}/${image.repository}`)];
  const [released, tags, known] = await Promise.all([
    client.headManifest(source, image.tag),
    client.listTags(target),
    client.headManifest(target, image.tag),
  ]);
  // A record is written before the tags: that of a release which ended there, or lost a race, is about other images.
  if (released?.digest !== image.digest) throw unreleased(source, image, released?.digest);
  if (known !== undefined && known.digest !== image.digest) throw differs(target, image, known.digest);
  const heads = await loadHeads(client, target, floatingTagsOf(image.tag, tags));
  return { ...image, isNew: known === undefined, tags, heads };
}

/** What tags name now. One request for each. */
export async function loadHeads(
  client: Registry,
  repository: Reference,
  tags: readonly string[],
): Promise<Map<string, string>> {
  const heads = await Promise.all(
    tags.map(async (tag) => [tag, (await client.headManifest(repository, tag))?.digest] as const),
  );
  return new Map(heads.flatMap(([tag, digest]) => (digest === undefined ? [] : [[tag, digest] as const])));
}

function unreleased(source: Reference, { tag, digest }: RecordedImage, found: string | undefined): Error {
  return failure('check-failed', {
    message: `${formatManifest(source, tag)} names ${found ?? 'nothing'}, not ${digest} as its release's record says`,
    hint: 'That release was never finished: finish it with the command that began it, or choose another with --release.',
  });
}

function differs(target: Reference, { tag, digest }: RecordedImage, there: string): Error {
  return failure('check-failed', {
    message: `${formatManifest(target, tag)} is ${there} already, not ${digest}`,
    hint: 'The same version was pushed there from elsewhere; a version never changes its content.',
  });
}
