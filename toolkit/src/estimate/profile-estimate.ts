import { estimateMemory, loadModelFacts, type Figure, type MemoryProblem } from 'aim-runtime/estimate';
import { findModelVram, GPU_MODELS, nearestGpuModel } from 'aim-runtime/gpu';
import type { Profile } from 'aim-runtime/profile';
import { failure } from '../exit-codes.ts';
import { findFacts } from './find-facts.ts';
import type { ModelSources } from './model-sources.ts';

/** What is to be looked at besides the profile's own settings. */
export interface EstimateOptions {
  /** Model to assume instead of the profile's own; a general profile needs one. */
  readonly model: string | undefined;
  /** `config.json` of the model, or its folder. */
  readonly modelConfig: string | undefined;
  /** GPUs to look at instead of the profile's own. */
  readonly gpus: readonly string[];
  /** Context length to look at instead of the profile's own, in tokens. */
  readonly contextTokens: number | undefined;
}

/** The estimate of one profile on one kind of GPU. Sizes are bytes on each GPU unless the name says otherwise. */
export interface ProfileEstimate {
  readonly profile: string;
  readonly model: string;
  readonly gpu: string;
  readonly gpuCount: number;
  readonly fits: boolean;
  readonly problems: readonly MemoryProblem[];
  readonly parameters: number;
  readonly totalWeightBytes: number;
  readonly weightBytes: number;
  readonly vramBytes: number;
  readonly budgetBytes: number;
  readonly processBytes: number;
  readonly activationBytes: number;
  readonly graphBytes: number;
  readonly cacheBytes: number;
  readonly cacheBytesPerToken: number;
  readonly contextTokens: number;
  readonly sequenceBytes: number;
  readonly concurrentSequences: number;
  readonly maxSequences: number;
  readonly largestContextTokens: number;
  readonly figures: readonly Figure[];
}

/** Estimates a profile's memory on its own GPU, or on each of those that were asked for. */
export async function estimateProfile(
  profile: Profile,
  options: EstimateOptions,
  { sources, signal }: { readonly sources: ModelSources; readonly signal: AbortSignal },
): Promise<readonly ProfileEstimate[]> {
  const model = options.model ?? profile.modelId ?? profile.aimId;
  if (model === undefined && options.modelConfig === undefined) {
    throw failure('usage', {
      message: `${profile.id} is for any model`,
      hint: 'Say which one with --model ORG/MODEL or --model-config FILE.',
    });
  }
  const facts =
    options.modelConfig === undefined
      ? await findFacts(model ?? '', sources, signal)
      : loadModelFacts(model ?? options.modelConfig, options.modelConfig);
  const gpus = options.gpus.length === 0 ? [profile.metadata.gpu] : options.gpus;
  return gpus.map((gpu) => {
    const estimate = estimateMemory({
      facts,
      engine: profile.metadata.engine,
      engineArgs: profile.engineArgs,
      gpuCount: profile.metadata.gpuCount,
      vramBytes: vramOf(gpu),
      vramSource: `what drivers report for ${gpu}`,
      contextTokens: options.contextTokens,
    });
    const { overhead, cacheBytesPerToken, ...rest } = estimate;
    return {
      profile: profile.path,
      gpu,
      gpuCount: profile.metadata.gpuCount,
      ...rest,
      ...overhead,
      cacheBytesPerToken: cacheBytesPerToken.full + cacheBytesPerToken.sliding,
    };
  });
}

function vramOf(gpu: string): number {
  const bytes = findModelVram(gpu);
  if (bytes !== undefined) return bytes;
  const near = nearestGpuModel(gpu);
  const known = GPU_MODELS.filter((model) => findModelVram(model) !== undefined);
  throw failure('usage', {
    message: `the memory of the GPU ${gpu} is not known`,
    hint: `${near === undefined ? '' : `Did you mean ${near}? `}Known are ${known.join(', ')}.`,
  });
}
