import { keepVersions } from '../images/keep-versions.ts';
import { planPushes } from '../images/plan-pushes.ts';
import type { ImagePlan } from '../images/plan.ts';
import type { PushPlan } from '../images/push-plan.ts';
import { createRegistryBuilder, type RegistryBuilder } from '../images/registry-builder.ts';
import type { Registry } from '../oci/registry.ts';
import { buildImages, REGISTRY_CONCURRENCY, type BuildReport, type BuildSettings } from './build-images.ts';
import { confirmPlan } from './confirm.ts';
import { renderPlanReport, summarizePlan } from './present/plan.ts';
import { openLock } from './tagging.ts';
import type { Session } from './session.ts';

export interface PushSettings extends BuildSettings {
  readonly registry: Registry;
  /** Push without asking. */
  readonly yes: boolean;
}

/** Shows what would be pushed, asks where somebody can be asked, and pushes exactly that. */
export async function pushImages(
  session: Session,
  plans: readonly ImagePlan[],
  settings: PushSettings,
): Promise<BuildReport> {
  const { registry, platform, allowBaseUpload, tagging: tags } = settings;
  const lock = openLock(session);
  const builder = planOnce(keepVersions(createRegistryBuilder(registry, { platform, allowBaseUpload, tags, lock })));
  const concurrency = settings.concurrency ?? REGISTRY_CONCURRENCY;
  const explain = (push: PushPlan) => Promise.resolve(push.changes);
  const report = summarizePlan(await planPushes(builder, plans, { concurrency, explain }));
  const isAsked = report.pending && session.ask !== undefined && !settings.yes;
  await confirmPlan(session, renderPlanReport(report), { yes: !isAsked });
  return buildImages(session, plans, { ...settings, builder });
}

/** A builder that builds what it planned before. */
function planOnce(builder: RegistryBuilder): RegistryBuilder {
  const made = new Map<ImagePlan, Promise<PushPlan>>();
  const plan = (one: ImagePlan) => {
    const known = made.get(one) ?? builder.plan(one);
    made.set(one, known);
    return known;
  };
  return { ...builder, plan, build: async (one, run) => builder.apply(await plan(one), run) };
}
