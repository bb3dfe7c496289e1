import { formatManifest, parseReference, type Reference, type Repository } from '../oci/reference.ts';
import type { Registry } from '../oci/registry.ts';
import type { Line } from '../versions/line.ts';
import { firstTag, planNext, selectPrevious, type NextRequest } from '../versions/next.ts';
import { createBaseSeries, createDatedSeries, createModelSeries, type TagSeries } from '../versions/series.ts';
import type { Stage } from '../versions/version.ts';
import type { AssembledImage } from './assemble.ts';
import { formatDay, type TagScheme } from './names.ts';
import { withTag, type ImagePlan } from './plan.ts';
import { createProbing, type Probing } from './probing.ts';
import { planPush, type CurrentImage, type PushPlan } from './push-plan.ts';
import { fetchImage, selectNewest } from './target-state.ts';

/** How images of one run are tagged. */
export interface TagRules {
  readonly line: Line;
  readonly stage: Stage;
  readonly scheme: TagScheme;
  /**
   * Look at the first tag of a series before listing them all: one request instead of two for an image that is
   * unchanged since its first release, one more for others. Given up when it does not pay off.
   */
  readonly probes: boolean;
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
  const probing = createProbing(rules.probes);
  return async (plan, taken) => {
    const target = parseReference(plan.reference);
    const series = seriesOf(plan, rules);
    const place: Place = { registry, assemble, plan, target, series };
    const probed = taken === undefined ? await probe(place, { probing, stage: rules.stage }) : undefined;
    if (probed?.push !== undefined) return probed.push;
    const listed = await lists(target, taken !== undefined).catch((error: unknown) => {
      probing.tell('even');
      throw error;
    });
    const tags = [...listed, ...tagsOf(target, taken ?? new Set())];
    const request = { series, stage: rules.stage, tags };
    const previous = selectPrevious(request);
    if (probed !== undefined) probing.tell(previous === probed.tag || previous === undefined ? 'even' : 'loss');
    const current =
      previous === undefined || previous === probed?.tag
        ? probed?.current
        : await fetchImage(registry, target, previous);
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
  readonly series: TagSeries;
}

/** Looks at the first tag. `push` is given when the image is there already. */
async function probe(
  place: Place,
  { probing, stage }: { readonly probing: Probing; readonly stage: Stage },
): Promise<{ tag: string; current: CurrentImage | undefined; push: PushPlan | undefined } | undefined> {
  if (stage !== 'official' || !(await probing.ask())) return undefined;
  const { registry, target, series } = place;
  const tag = firstTag({ series, stage });
  try {
    const current = await fetchImage(registry, target, tag);
    const push = current && (await planAt(place, { tag, current }));
    if (push?.state !== 'up-to-date') return { tag, current, push: undefined };
    probing.tell('gain');
    return {
      tag,
      current,
      push: { ...push, next: planNext({ series, stage, tags: [tag], isChanged: false }), tags: [tag] },
    };
  } catch (error) {
    probing.tell('even');
    throw error;
  }
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

function tagsOf(repository: Repository, references: ReadonlySet<string>): string[] {
  const prefix = formatManifest(repository, '');
  return [...references].filter((one) => one.startsWith(prefix)).map((one) => one.slice(prefix.length));
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
