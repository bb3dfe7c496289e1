import { failure } from '../exit-codes.ts';
import type { ReleaseRecord } from '../generated/release-record.js';
import { mapLimited } from '../images/map-limited.ts';
import { formatManifest, parseReference } from '../oci/reference.ts';
import { releasesOfLine, sortReleases } from './record.ts';
import { findRecord, listRecords } from './record-store.ts';
import {
  limitImages,
  planRollback,
  selectEarlier,
  selectUndone,
  type RollbackPlan,
  type TagRollback,
} from './rollback-plan.ts';
import { awaitTag, moveTag, type TagPorts } from './set-tags.ts';

export interface RollbackRequest {
  /** HOST[/NAMESPACE]. */
  readonly registry: string;
  /** Release to go back to; undefined for the one before the newest. */
  readonly to: string | undefined;
  /** MAJOR.MINOR: only releases of this line; undefined for all. */
  readonly line: string | undefined;
  /** Only these images, by model or `base`; undefined for all. */
  readonly images?: readonly string[] | undefined;
  /** Tags at a time. */
  readonly concurrency: number;
}

/** Reads the records and what the tags name now. Changes nothing. @throws AimError usage, check-failed or remote */
export async function loadRollbackPlan(ports: TagPorts, request: RollbackRequest): Promise<RollbackPlan> {
  const { registry } = ports;
  const { line } = request;
  const tags = await listRecords(registry, request.registry);
  const releases = line === undefined ? sortReleases(tags) : releasesOfLine(tags, line);
  const names = selectUndone(releases, request.to);
  const records = await mapLimited(names, request.concurrency, (name) => loadRecord(ports, request.registry, name));
  const undone = limitImages(records, request.images);
  const heads = await mapLimited(
    [...selectEarlier(undone)],
    request.concurrency,
    async ([name, { repository, tag }]) => {
      const found = await registry.headManifest(parseReference(`${request.registry}/${repository}`), tag);
      return [name, found?.digest ?? null] as const;
    },
  );
  const to = releases[names.length] ?? null;
  return planRollback(undone, { registry: request.registry, to, current: new Map(heads) });
}

/**
 * Moves the tags back. Every image is looked for before the first tag moves; a run that was cut off is finished by
 * the next one. @throws AimError check-failed when an image is gone or a tag was moved meanwhile, or remote
 */
export async function applyRollback(
  ports: TagPorts,
  plan: RollbackPlan,
  options: { readonly concurrency: number; readonly onMoved: (tag: TagRollback) => void },
): Promise<void> {
  const moves = plan.tags.filter(({ action }) => action === 'move');
  // Tags of one image are moved with the same manifest.
  const images = [...Map.groupBy(moves, ({ repository, digest }) => `${repository}@${digest}`).values()];
  const prepared = await mapLimited(images, options.concurrency, (tags) => loadImage(ports, plan.registry, tags));
  const ready = prepared.flatMap(({ tags, ...image }) => tags.map((move) => ({ ...image, move })));
  await mapLimited(ready, options.concurrency, async ({ move, repository, manifest }) => {
    const { tag, digest, currentDigest } = move;
    await moveTag(ports, { repository, tag, digest, expected: currentDigest }, manifest);
    await awaitTag(ports, { repository, tag, digest });
    options.onMoved(move);
  });
}

async function loadImage({ registry }: TagPorts, namespace: string, tags: readonly TagRollback[]) {
  const [{ repository: name, digest } = { repository: '', digest: '' }] = tags;
  const repository = parseReference(`${namespace}/${name}`);
  const manifest = await registry.findManifest(repository, digest);
  if (manifest === undefined) throw gone(formatManifest(repository, digest));
  return { tags, repository, manifest };
}

async function loadRecord({ registry }: TagPorts, where: string, release: string): Promise<ReleaseRecord> {
  const record = await findRecord(registry, where, release);
  if (record !== undefined) return record;
  throw failure('remote', {
    message: `the record of release ${release} is listed in ${where}, but cannot be read`,
    hint: 'Try again; if it stays so, the registry has lost it.',
  });
}

function gone(where: string): Error {
  return failure('check-failed', {
    message: `${where} is no longer there, so no tag is moved`,
    hint: 'An older release may still have its images: choose it with --to.',
  });
}
