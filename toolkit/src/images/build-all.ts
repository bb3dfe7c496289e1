import { AimError, messageOf } from 'aim-runtime/system';
import { failure, isToolkitErrorCode } from '../exit-codes.ts';
import type { BuildOptions, BuildResult, ImageBuilder } from './builder.ts';
import { mapLimited } from './map-limited.ts';
import type { ImagePlan } from './plan.ts';

export interface BuildAllOptions {
  /** Builds that run at the same time. */
  readonly concurrency: number;
  /** Options of one image's build. */
  readonly forPlan: (plan: ImagePlan) => BuildOptions;
  readonly onBuilt: (result: BuildResult) => void;
  readonly onFailed: (plan: ImagePlan, error: unknown) => void;
}

type Outcome = { readonly built: BuildResult } | { readonly plan: ImagePlan; readonly error: unknown };

/**
 * Builds every plan, a few at a time, in order of the list. One that fails does not stop the others;
 * an interruption does. @throws AimError of the first failure, its details naming every image that failed
 */
export async function buildAll(
  builder: ImageBuilder,
  plans: readonly ImagePlan[],
  options: BuildAllOptions,
): Promise<BuildResult[]> {
  const outcomes = await mapLimited(plans, options.concurrency, (plan) => attempt(builder, plan, options));
  const failed = outcomes.filter((outcome) => 'error' in outcome);
  const [first] = failed;
  if (first === undefined) return outcomes.flatMap((outcome) => ('built' in outcome ? [outcome.built] : []));
  // One thing that all of them need, such as the base image, failed once for all.
  const isShared = failed.length === plans.length && failed.every(({ error }) => error === first.error);
  throw isShared ? first.error : summarize(failed, plans.length);
}

async function attempt(builder: ImageBuilder, plan: ImagePlan, options: BuildAllOptions): Promise<Outcome> {
  const run = options.forPlan(plan);
  try {
    if (run.signal.aborted) throw failure('interrupted', { message: `interrupted before ${plan.reference} was built` });
    const built = await builder.build(plan, run);
    options.onBuilt(built);
    return { built };
  } catch (error) {
    options.onFailed(plan, error);
    return { plan, error };
  }
}

function describeFailed({ plan, error }: Extract<Outcome, { error: unknown }>): string {
  const message = messageOf(error);
  return message.includes(plan.reference) ? message : `${plan.reference}: ${message}`;
}

function summarize(failed: readonly Extract<Outcome, { error: unknown }>[], total: number): AimError {
  const causes = failed.map(({ error }) => error);
  const first = causes.find((error): error is AimError => error instanceof AimError);
  const code = first !== undefined && isToolkitErrorCode(first.code) ? first.code : 'internal';
  return failure(code, {
    message: code === 'interrupted' ? 'interrupted' : `${failed.length} of ${total} images could not be built`,
    ...(first?.hint === undefined ? {} : { hint: first.hint }),
    details: failed.map(describeFailed),
    cause: first ?? causes[0],
  });
}
