import type { Hardware } from 'aim-runtime/gpu';
import { adviseChoice, type GuideReport } from './advice.ts';
import type { Endpoint } from './endpoint.ts';
import { imageNames } from './endpoint-image.ts';
import { planLaunch, roomierChoices } from './launch-plan.ts';
import type { LaunchRequest, ModelProfiles } from './request.ts';

/** What a launch would do and why. */
export interface Explanation {
  readonly model: string;
  readonly name: string;
  readonly port: number;
  readonly profile: string;
  readonly backend: string;
  readonly precision: string;
  readonly metric: string;
  readonly gpuModel: string;
  readonly gpus: readonly string[];
  /** Images that would be looked for, in this order. */
  readonly images: readonly string[];
  readonly decisions: readonly string[];
  readonly rejected: readonly string[];
  readonly notes: readonly string[];
  /** What would be tried when the engine finds too little memory. */
  readonly fallbacks: readonly string[];
  readonly host: readonly {
    readonly index: number;
    readonly id: string;
    readonly model: string | null;
    readonly user: string | null;
  }[];
  readonly guide: GuideReport;
}

/** Plans a launch and says why it would be so; starts nothing. @throws AimError */
export async function explainLaunch(
  request: LaunchRequest,
  facts: {
    readonly model: ModelProfiles;
    readonly hardware: Hardware;
    readonly endpoints: readonly Endpoint[];
    readonly version: string;
  },
): Promise<Explanation> {
  const { model, hardware, endpoints, version } = facts;
  const { gpus: found, warnings } = hardware;
  const planned = await planLaunch(request, {
    model,
    gpus: found,
    warnings,
    endpoints,
    tried: undefined,
    refusedPorts: new Set(),
  });
  const { choice, plan, name, gpus } = planned;
  const { port, profile, backend, precision, metric, gpuModel } = planned.facts;
  const { image: requested, registry } = request;
  return {
    ...{ model: model.model, name, port, profile, backend, precision, metric, gpuModel, gpus: planned.facts.gpus },
    images: requested === undefined ? imageNames({ model: model.model, requested, registry, version }) : [requested],
    decisions: plan.decisions,
    rejected: plan.rejected,
    notes: [...model.notes, ...warnings, ...choice.notes],
    fallbacks: roomierChoices(plan, choice).map(
      (each) => `${each.gpus.length} x ${each.gpuModel} in ${each.precision}: ${each.profile.id}`,
    ),
    host: gpus.map(({ index, id, gpu, user }) => ({ index, id, model: gpu.model ?? null, user: user ?? null })),
    guide: adviseChoice(model.model, choice),
  };
}
