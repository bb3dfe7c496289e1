import { formatManifest, parseReference, type Reference, type Repository } from '../oci/reference.ts';
import type { Registry } from '../oci/registry.ts';
import type { Line } from '../versions/line.ts';
import { planNext, selectPrevious, type NextRequest } from '../versions/next.ts';
import { createBaseSeries, createDatedSeries, createModelSeries, type TagSeries } from '../versions/series.ts';
import type { Stage } from '../versions/version.ts';
import type { AssembledImage } from './assemble.ts';
import { formatDay, type TagScheme } from './names.ts';
import { withTag, type ImagePlan } from './plan.ts';
import { planPush, type CurrentImage, type PushPlan } from './push-plan.ts';
import { selectTags } from './select-tags.ts';
import { fetchImage, selectNewest } from './target-state.ts';

/** How images of one run are tagged. */
export interface TagRules {
  readonly line: Line;
  readonly stage: Stage;
  readonly scheme: TagScheme;
}

export interface NextPlannerOptions {
  readonly registry: Registry;
  readonly assemble: (plan: ImagePlan) => Promise<AssembledImage>;
  readonly rules: TagRules;
}

/** Plans a push under the next tag. References in `taken` exist, whatever the registry says. */
export type NextPlanner = (plan: ImagePlan, taken?: ReadonlySet<string>) => Promise<PushPlan>;

const DATED_TAG = /^(.*)-v\d{8}(?:[.-].*)?$/;

/**
 * A planner that finds out what an image is compared with, and then which tag it gets: the list of tags and one
 * manifest. Lists of a repository that several images share are read once.
 */
export function createNextPlanner({ registry, assemble, rules }: NextPlannerOptions): NextPlanner {
  const lists = createTagLists(registry);
  return async (plan, taken) => {
    const target = parseReference(plan.reference);
    const place: Place = { registry, assemble, plan, target };
    const tags = [...(await lists(target, taken !== undefined)), ...selectTags(target, taken ?? [])];
    const request = { series: seriesOf(plan, rules), stage: rules.stage, tags };
    const previous = selectPrevious(request);
    const current = previous === undefined ? undefined : await fetchImage(registry, target, previous);
    if (previous !== undefined && current !== undefined) {
      const kept = await planAt(place, { tag: previous, current });
      if (kept.state === 'up-to-date') return { ...kept, next: planNext({ ...request, isChanged: false }), tags };
    }
    return planNew(place, request, current);
  };
}

/** The series of tags an image belongs to. */
export function seriesOf({ kind, reference, createdAt }: ImagePlan, { line, scheme }: TagRules): TagSeries {
  if (kind === 'base') return createBaseSeries(line);
  if (scheme === 'semver') return createModelSeries(line);
  const tag = parseReference(reference).tag ?? '';
  return createDatedSeries(DATED_TAG.exec(tag)?.[1] ?? tag, formatDay(createdAt));
}

interface Place extends Omit<NextPlannerOptions, 'rules'> {
  readonly plan: ImagePlan;
  readonly target: Reference;
}

async function planNew(place: Place, request: NextRequest, current: CurrentImage | undefined): Promise<PushPlan> {
  const next = planNext({ ...request, isChanged: true });
  const newest = current === undefined ? selectNewest(request.tags) : undefined;
  const sibling = newest === undefined ? undefined : await fetchImage(place.registry, place.target, newest);
  return { ...(await planAt(place, { tag: next.tag, current, sibling })), next, tags: request.tags };
}

async function planAt(
  { assemble, plan, target }: Place,
  state: {
    readonly tag: string;
    readonly current: CurrentImage | undefined;
    readonly sibling?: CurrentImage | undefined;
  },
): Promise<PushPlan> {
  const tagged = withTag(plan, state.tag, versionIn(state.tag));
  const image = await assemble(tagged);
  return planPush(
    image,
    { ...target, tag: state.tag, text: tagged.reference },
    {
      current: state.current,
      sibling: state.sibling?.manifest,
    },
  );
}

/** What of a tag is the version: all of it, and of a dated one the date and what follows. */
function versionIn(tag: string): string {
  const prefix = DATED_TAG.exec(tag)?.[1];
  return prefix === undefined ? tag : tag.slice(prefix.length + 1);
}

/** Tags of repositories, each list read once until it is asked for anew. */
function createTagLists(registry: Registry): (repository: Repository, isAnew: boolean) => Promise<readonly string[]> {
  const lists = new Map<string, Promise<readonly string[]>>();
  return (repository, isAnew) => {
    const name = formatManifest(repository, '');
    const known = isAnew ? undefined : lists.get(name);
    const list = known ?? registry.listTags(repository);
    lists.set(name, list);
    return list;
  };
}
