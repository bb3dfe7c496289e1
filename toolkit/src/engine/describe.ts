import type { InferenceTest } from './inference.ts';
import type { LaunchPlan } from './launch-plan.ts';

/** `4 x MI300X (renderD128, …) in bf16 with vllm: profile x`. */
export function describePlan({ choice, facts }: LaunchPlan): string {
  const { gpuModel, gpus, precision, backend, profile } = facts;
  const layer = choice.profile.layer === 'model' ? '' : ` (${choice.profile.layer})`;
  return `${gpus.length} x ${gpuModel} (${gpus.join(', ')}) in ${precision} with ${backend}: profile ${profile}${layer}`;
}

/** `48 tokens in 0.91 s, 52.7 tokens/s`. */
export function describeTest({ tokens, elapsedMs, tokensPerSecond }: InferenceTest): string {
  return `${tokens} tokens in ${(elapsedMs / 1000).toFixed(2)} s, ${tokensPerSecond.toFixed(1)} tokens/s`;
}
