import { AimError } from 'aim-runtime/system';
import type { Change } from './inputs.ts';
import { mapLimited } from './map-limited.ts';
import type { ImagePlan } from './plan.ts';
import { checkBudget, sumBytes, type PushPlan } from './push-plan.ts';
import type { RegistryBuilder } from './registry-builder.ts';

/** What a push of one image would do, as data to print. */
export interface PlannedImage {
  readonly reference: string;
  /** `org/model`, null for base images. */
  readonly model: string | null;
  /** Version the tag stands for. */
  readonly version: string;
  readonly state: PushPlan['state'] | 'failed';
  readonly changes: readonly Change[];
  /** Why it is this tag; null for one that was given. */
  readonly reason: string | null;
  /** Digest the tag names now, or the tag before it. */
  readonly currentDigest: string | null;
  /** Digest it would name. */
  readonly digest: string | null;
  readonly uploadBytes: number;
  /** The base's layers that would be mounted from its repository: no byte of them moves. */
  readonly mountLayers: number;
  readonly mountBytes: number;
  /** Why the push would be stopped, or why nothing can be said. */
  readonly problem: { readonly code: string; readonly message: string; readonly hint: string | null } | null;
}

export interface PlanPushesOptions {
  /** Images at a time. */
  readonly concurrency: number;
  /** The reasons for a push, with what only more requests can tell. */
  readonly explain: (push: PushPlan) => Promise<readonly Change[]>;
}

/** Compares every image with its registry, some at a time; one that cannot be read does not hide the others. */
export async function planPushes(
  builder: RegistryBuilder,
  plans: readonly ImagePlan[],
  { concurrency, explain }: PlanPushesOptions,
): Promise<PlannedImage[]> {
  return mapLimited(plans, concurrency, async (plan) => {
    try {
      const push = await builder.plan(plan);
      return describePush({ ...push, changes: await explain(push) });
    } catch (error) {
      if (!(error instanceof AimError) || error.code === 'interrupted') throw error;
      return describeFailed(plan, error as AimError);
    }
  });
}

function describePush(push: PushPlan): PlannedImage {
  const { image, target, state, changes, current, missingLayers, uploadBytes, next } = push;
  return {
    reference: target.text,
    model: image.plan.aimId ?? null,
    version: image.plan.version,
    state,
    changes,
    reason: next?.reason ?? null,
    currentDigest: current?.digest ?? null,
    digest: state === 'up-to-date' ? (current?.digest ?? null) : image.digest,
    uploadBytes,
    mountLayers: missingLayers.length,
    mountBytes: sumBytes(missingLayers),
    problem: findProblem(push),
  };
}

function describeFailed(plan: ImagePlan, error: AimError): PlannedImage {
  return {
    reference: plan.reference,
    model: plan.aimId ?? null,
    version: plan.version,
    state: 'failed',
    changes: [],
    reason: null,
    currentDigest: null,
    digest: null,
    uploadBytes: 0,
    mountLayers: 0,
    mountBytes: 0,
    problem: toProblem(error),
  };
}

function findProblem(push: PushPlan): PlannedImage['problem'] {
  try {
    if (push.state !== 'up-to-date') checkBudget(push);
    return null;
  } catch (error) {
    if (error instanceof AimError) return toProblem(error as AimError);
    throw error;
  }
}

function toProblem({ code, message, hint }: AimError): PlannedImage['problem'] {
  return { code, message, hint: hint ?? null };
}
