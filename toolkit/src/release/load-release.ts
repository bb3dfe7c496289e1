import { applyPush } from '../images/apply-push.ts';
import { REVISION_LABEL } from '../images/labels.ts';
import { mapLimited } from '../images/map-limited.ts';
import type { PushPlan } from '../images/push-plan.ts';
import { formatManifest, parseReference, tagOrDigest, type Repository } from '../oci/reference.ts';
import type { Registry } from '../oci/registry.ts';
import { selectVersions } from '../versions/tags.ts';
import { formatVersion, parseVersion, type Stage } from '../versions/version.ts';
import type { ReleaseItem } from './apply.ts';
import { baseOf, loadChanges } from './load-changes.ts';
import { loadHeads } from './load-promotion.ts';
import { floatingTagsOf, planRelease, type ReleaseCandidate, type ReleasePlan } from './plan.ts';
import { releasesOfLine } from './record.ts';
import { findRecord, listRecords } from './record-store.ts';

export interface LoadReleaseRequest {
  readonly stage: Stage;
  /** HOST[/NAMESPACE]. */
  readonly registry: string;
  /** MAJOR.MINOR. */
  readonly line: string;
  readonly stamp: { readonly createdAt: number; readonly revision: string };
  /** Planned against what the repositories hold, with all of their tags. */
  readonly pushes: readonly PushPlan[];
  /** Images at a time. */
  readonly concurrency: number;
}

/** Reads what else a release depends on: floating tags, the newest record, what changed. Changes nothing. */
export async function loadReleasePlan(client: Registry, request: LoadReleaseRequest): Promise<ReleasePlan> {
  const { stage, registry, line, concurrency } = request;
  const [newest, candidates] = await Promise.all([
    stage === 'official' ? findNewest(client, registry, line) : undefined,
    mapLimited(request.pushes, concurrency, (push) => loadCandidate(client, registry, push)),
  ]);
  return planRelease({ ...request, newest, promotedFrom: null, isWhole: true, candidates });
}

/** Pushes an image of the release under its digest; no tag names it then. */
export function createProvider(
  client: Registry,
  pushes: readonly PushPlan[],
  options: Parameters<typeof applyPush>[2],
): (item: ReleaseItem) => Promise<void> {
  const byDigest = new Map(pushes.map((push) => [push.image.digest, push]));
  return async ({ repository, digest }) => {
    const push = byDigest.get(digest);
    if (push === undefined) throw new Error(`${formatManifest(repository, digest)} is not part of this release`);
    const text = formatManifest(repository, digest);
    await applyPush(client, { ...push, target: { ...repository, tag: undefined, digest, text } }, options);
  };
}

async function findNewest(client: Registry, registry: string, line: string) {
  const [newest] = releasesOfLine(await listRecords(client, registry), line);
  return newest === undefined ? undefined : findRecord(client, registry, newest);
}

async function loadCandidate(client: Registry, registry: string, push: PushPlan): Promise<ReleaseCandidate> {
  const { image, target, state, current, next, tags } = push;
  const { kind, aimId, labels } = image.plan;
  const isNew = state !== 'up-to-date';
  const tag = tagOrDigest(target);
  const official = selectVersions(tags, kind).findLast(({ stage }) => stage === 'official');
  // What a pull request or a branch changes is told each time, also when its image is there already.
  const isTold = isNew || parseVersion(tag)?.stage !== 'official';
  const [heads, changes] = await Promise.all([
    loadHeads(client, target, floatingTagsOf(tag, tags)),
    isTold ? loadChanges(client, push, official === undefined ? next?.previous : formatVersion(official)) : null,
  ]);
  return {
    kind,
    model: aimId ?? null,
    repository: nameBelow(registry, target),
    tag,
    digest: isNew ? image.digest : (current?.digest ?? image.digest),
    isNew,
    commit: isNew ? (labels[REVISION_LABEL] ?? '') : '',
    base: baseOf(labels),
    changes,
    tags,
    heads,
  };
}

/** What follows the registry's namespace. */
function nameBelow(registry: string, { name }: Repository): string {
  return name.slice(parseReference(`${registry}/x`).name.length - 1);
}
