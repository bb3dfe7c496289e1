import { AimError, messageOf } from 'aim-runtime/system';
import { failure, isToolkitErrorCode } from '../exit-codes.ts';
import type { BuildOptions, BuildResult, ImageBuilder } from './builder.ts';
import type { ImagePlan } from './plan.ts';

export interface BuildAllOptions {
  /** Builds that run at the same time. */
  readonly concurrency: number;
  /** Options of one image's build. */
  readonly forPlan: (plan: ImagePlan) => BuildOptions;
  readonly onBuilt: (result: BuildResult) => void;
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
  const outcomes: Outcome[] = [];
  const waiting = plans.entries();
  const work = async () => {
    for (const [index, plan] of waiting) outcomes[index] = await attempt(builder, plan, options);
  };
  await Promise.all(Array.from({ length: Math.min(options.concurrency, plans.length) }, work));
  const failed = outcomes.filter((outcome) => 'error' in outcome);
  const [first] = failed;
  if (first === undefined) return outcomes.flatMap((outcome) => ('built' in outcome ? [outcome.built] : []));
  throw plans.length === 1 ? first.error : summarize(failed, plans.length);
}

async function attempt(builder: ImageBuilder, plan: ImagePlan, options: BuildAllOptions): Promise<Outcome> {
  const run = options.forPlan(plan);
  try {
    if (run.signal.aborted) throw failure('interrupted', { message: `interrupted before ${plan.reference} was built` });
    const built = await builder.build(plan, run);
    options.onBuilt(built);
    return { built };
  } catch (error) {
    return { plan, error };
  }
}

function summarize(failed: readonly Extract<Outcome, { error: unknown }>[], total: number): AimError {
  const causes = failed.map(({ error }) => error);
  const first = causes.find((error): error is AimError => error instanceof AimError);
  const code = first !== undefined && isToolkitErrorCode(first.code) ? first.code : 'internal';
  return failure(code, {
    message: code === 'interrupted' ? 'interrupted' : `${failed.length} of ${total} images could not be built`,
    ...(first?.hint === undefined ? {} : { hint: first.hint }),
    details: causes.map(messageOf),
    cause: first ?? causes[0],
  });
}
