import { parsePlatform } from '../images/base-image.ts';
import { mapLimited } from '../images/map-limited.ts';
import { seriesOf } from '../images/next-push.ts';
import { BASE_WORDS, parseRegistry } from '../images/names.ts';
import type { LayoutVersion } from '../images/labels.ts';
import { withTag, type ImagePlan } from '../images/plan.ts';
import { createRegistryBuilder } from '../images/registry-builder.ts';
import { parseReference } from '../oci/reference.ts';
import type { Registry } from '../oci/registry.ts';
import type { Platform } from '../oci/types.ts';
import { planNext } from '../versions/next.ts';
import {
  describeFailure,
  describeVersion,
  makeVersionReport,
  planBaseVersion,
  type ImageVersion,
  type PlannedVersion,
  type VersionReport,
} from '../versions/report.ts';
import { REGISTRY_CONCURRENCY } from './build-images.ts';
import { loadRequestedModels } from './model-plans.ts';
import { findOwnBase, openTagging, type Tagging, type TaggingFlags } from './tagging.ts';
import type { Session } from './session.ts';

const BASE_IMAGE = 'aim-base';

export interface VersionFlags extends TaggingFlags {
  readonly images?: readonly string[] | undefined;
  readonly profiles?: string | undefined;
  readonly 'layout-version': LayoutVersion;
  readonly platform: string;
  readonly insecure: boolean;
  readonly concurrency?: number | undefined;
}

interface VersionRequest {
  readonly tagging: Tagging;
  readonly registry: Registry;
  /** `HOST[/NAMESPACE]`; undefined to ask no registry. */
  readonly prefix: string | undefined;
  readonly platform: Platform;
  readonly concurrency: number;
}

/** Finds out which tags the images of a run get. @throws AimError usage, check-failed, environment or remote */
export async function loadVersionReport(session: Session, flags: VersionFlags): Promise<VersionReport> {
  const wanted = flags.images ?? [];
  const all = wanted.length === 0;
  const names = wanted.filter((name) => !BASE_WORDS.includes(name));
  const tagging = openTagging(session, flags);
  const registry = await session.connectRegistries(flags.insecure);
  const request: VersionRequest = {
    tagging,
    registry,
    prefix: flags.registry,
    platform: parsePlatform(flags.platform),
    concurrency: flags.concurrency ?? REGISTRY_CONCURRENCY,
  };
  const base = all || names.length < wanted.length ? [await findBaseVersion(request)] : [];
  if (!all && names.length === 0) return makeVersionReport(tagging, base);
  const ownBase = await findOwnBase(registry, tagging, flags);
  const { plans } = loadRequestedModels(session, { ...flags, base: ownBase ?? flags.base, all, tag: undefined }, names);
  return makeVersionReport(tagging, [...base, ...(await findModelVersions(plans, request))]);
}

/** The base image's next tag, by the tags there are. One request. */
async function findBaseVersion({ tagging, registry, prefix }: VersionRequest): Promise<ImageVersion> {
  try {
    const name = prefix === undefined ? BASE_IMAGE : `${parseRegistry(prefix)}/${BASE_IMAGE}`;
    const tags = prefix === undefined ? [] : await registry.listTags(parseReference(name));
    return describeVersion(planBaseVersion(name, { ...tagging, tags }));
  } catch (error) {
    return describeFailure(BASE_IMAGE, error);
  }
}

/** Models' next tags: two requests each, and two for the base; none without a registry. */
function findModelVersions(plans: readonly ImagePlan[], request: VersionRequest): Promise<ImageVersion[]> {
  const { tagging, registry, platform, concurrency } = request;
  const builder = createRegistryBuilder(registry, { platform, allowBaseUpload: false, tags: tagging });
  return mapLimited(plans, concurrency, async (plan) => {
    const image = plan.aimId ?? plan.kind;
    try {
      if (request.prefix === undefined) return describeVersion(planUnread(image, plan, tagging));
      const { next, target, state, tags: known } = await builder.plan(plan);
      if (next === undefined) throw new TypeError(`${target.text} was planned under a given tag`);
      return describeVersion({ image, reference: target.text, state, next, tags: known });
    } catch (error) {
      return describeFailure(image, error);
    }
  });
}

/** What it would be where nothing is released yet. */
function planUnread(image: string, plan: ImagePlan, tagging: Tagging): PlannedVersion {
  const series = seriesOf(plan, tagging);
  const planned = planNext({ series, stage: tagging.stage, tags: [], isChanged: true });
  const next = { ...planned, reason: 'no registry was asked' };
  return { image, reference: withTag(plan, next.tag).reference, state: 'not-compared', next, tags: [] };
}
