import { renderJson } from 'aim-runtime/engine';
import type { EngineArgs, Profile } from 'aim-runtime/profile';
import { IMAGE_PATHS } from '../images/plan.ts';
import { withBackendArgs } from '../engine/backend-args.ts';
import type { EndpointImage } from '../engine/endpoint-image.ts';
import { DRAIN_SECONDS, PORTS } from './deployment-plan.ts';
import type { CacheKind } from './request.ts';

/** What the variables of a deployment depend on. */
export interface EnvironmentInput {
  readonly model: string;
  readonly image: EndpointImage;
  readonly profile: Profile;
  readonly gpuCount: number;
  readonly cache: CacheKind;
  /** The user's own engine arguments. */
  readonly engineArgs: EngineArgs;
  /** Variables the user gave. */
  readonly userEnv: Readonly<Record<string, string>>;
}

/**
 * Variables of the server's container. The model of GPU is not among them: nodes are chosen by their labels, and the
 * runtime sees what is there.
 */
export function planEnvironment(input: EnvironmentInput): Record<string, string> {
  const { model, image, profile, gpuCount, cache, engineArgs, userEnv } = input;
  const { engine, metric } = profile.metadata;
  return {
    ...(image.kind === 'base' ? { AIM_MODEL_ID: model } : {}),
    AIM_PROFILE_ID: profile.id,
    AIM_ENGINE: engine,
    AIM_METRIC: metric,
    AIM_GPU_COUNT: String(gpuCount),
    ...renderEngineArgs(withBackendArgs(engine, engineArgs)),
    // Drains, answers probes while the model loads, and ends the container when the engine dies.
    AIM_SUPERVISE: 'true',
    AIM_SUPERVISE_PORT: String(PORTS.side),
    AIM_DRAIN_SECONDS: String(DRAIN_SECONDS),
    ...(cache === 'preload' ? offline() : {}),
    ...userEnv,
    AIM_PORT: String(PORTS.http),
  };
}

/** The variable that hands engine arguments over; none for none. */
export function renderEngineArgs(engineArgs: EngineArgs): Record<string, string> {
  return Object.keys(engineArgs).length === 0 ? {} : { AIM_ENGINE_ARGS: renderJson(engineArgs) };
}

/** The model is there already, on a volume that the server may only read. */
function offline(): Record<string, string> {
  return { HF_HUB_OFFLINE: '1', HF_HOME: `${IMAGE_PATHS.home}/.cache/huggingface` };
}

/** Arguments with which the image downloads a checkpoint into its cache. */
export function downloadArgs(checkpoint: string): string[] {
  return ['download-to-cache', '--model-id', checkpoint.includes('://') ? checkpoint : `hf://${checkpoint}`];
}
