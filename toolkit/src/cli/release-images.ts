import { resolve } from 'node:path';
import { failure } from '../exit-codes.ts';
import { parsePlatform } from '../images/base-image.ts';
import type { LayoutVersion } from '../images/labels.ts';
import { loadBasePlan } from '../images/load-plans.ts';
import { BASE_WORDS, parseRegistry, type TagScheme } from '../images/names.ts';
import type { ImagePlan } from '../images/plan.ts';
import type { PushPlan } from '../images/push-plan.ts';
import { parseReference } from '../oci/reference.ts';
import type { Registry } from '../oci/registry.ts';
import type { ReleasePlan } from '../release/plan.ts';
import { formatLine } from '../versions/line.ts';
import { namingOf, profilesFolder, stampOf } from './build-images.ts';
import { loadRequestedModels } from './model-plans.ts';
import { findOwnBase, type Tagging } from './tagging.ts';
import type { Session } from './session.ts';

/** The flags that say what is released. */
export interface ReleaseFlags {
  readonly registry: string;
  readonly images?: readonly string[] | undefined;
  readonly all: boolean;
  readonly base?: string | undefined;
  readonly upstream: string;
  readonly runtime?: string | undefined;
  readonly profiles?: string | undefined;
  readonly 'tag-scheme': TagScheme;
  readonly 'layout-version': LayoutVersion;
  readonly platform: string;
  readonly concurrency: number;
}

/** A release as planned, with what its images are pushed from. */
export interface PreparedRelease {
  readonly plan: ReleasePlan;
  readonly pushes: readonly PushPlan[];
}

/** Everything a release is prepared from; the same for each attempt to plan it. */
export interface ReleaseSource {
  readonly registry: Registry;
  readonly tagging: Tagging;
  readonly flags: ReleaseFlags;
}

/** Plans the release against what the registry holds. @param taken references that exist, whatever it says */
export async function prepareRelease(
  session: Session,
  { registry, tagging, flags }: ReleaseSource,
  taken: ReadonlySet<string> = new Set(),
): Promise<PreparedRelease> {
  const [{ planImages }, { loadReleasePlan }] = await Promise.all([
    import('../release/plan-images.ts'),
    import('../release/load-release.ts'),
  ]);
  const names = chooseImages(flags);
  const { concurrency } = flags;
  const ownBase = names.hasBase ? undefined : await findOwnBase(registry, tagging, flags);
  const pushes = await planImages(registry, {
    rules: tagging,
    platform: parsePlatform(flags.platform),
    base: names.hasBase ? loadOwnBase(session, flags) : undefined,
    models: (base) => loadModels(session, { ...flags, base: base ?? ownBase ?? flags.base }, names.models),
    taken,
    concurrency,
  });
  const { stage, line } = tagging;
  const where = parseRegistry(flags.registry);
  const stamp = stampOf(session, flags);
  const request = { stage, line: formatLine(line), stamp, registry: where, pushes, concurrency };
  return { plan: await loadReleasePlan(registry, request), pushes };
}

interface ChosenImages {
  readonly hasBase: boolean;
  /** Undefined for none, empty for all. */
  readonly models: readonly string[] | undefined;
}

/** @throws AimError usage when nothing, or models and all models were named */
export function chooseImages({ images = [], all }: Pick<ReleaseFlags, 'images' | 'all'>): ChosenImages {
  const models = [...new Set(images.filter((name) => !BASE_WORDS.includes(name)))];
  const hasBase = images.some((name) => BASE_WORDS.includes(name));
  if (all && models.length > 0)
    throw failure('usage', { message: 'name models or give --all, not both', hint: 'The base image goes with both.' });
  if (!all && images.length === 0) {
    throw failure('usage', {
      message: 'no image was named',
      hint: 'Give --all for all models, or --images ORG/MODEL; --images base is the base image.',
    });
  }
  return { hasBase, models: all ? [] : models.length > 0 ? models : undefined };
}

function loadModels(
  session: Session,
  flags: ReleaseFlags,
  models: readonly string[] | undefined,
): readonly ImagePlan[] {
  if (models === undefined) return [];
  return loadRequestedModels(session, { ...flags, tag: undefined, all: models.length === 0 }, models).plans;
}

function loadOwnBase(session: Session, flags: ReleaseFlags): ImagePlan {
  const { locations } = session;
  return loadBasePlan({
    version: locations.version,
    base: parseReference(flags.upstream).text,
    naming: namingOf({ ...flags, tag: undefined }),
    stamp: stampOf(session, flags),
    layoutVersion: flags['layout-version'],
    profiles: profilesFolder(flags.profiles, locations.root),
    schemas: resolve(locations.root, 'schemas'),
    runtime: flags.runtime === undefined ? locations.runtime : resolve(flags.runtime),
  });
}
