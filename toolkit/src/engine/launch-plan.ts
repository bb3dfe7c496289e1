import type { Gpu } from 'aim-runtime/gpu';
import type { Precision } from 'aim-runtime/profile';
import { failure } from '../exit-codes.ts';
import { chooseNamed, planChoices, type Choice, type ChoicePlan } from './choices.ts';
import type { Endpoint, EndpointFacts } from './endpoint.ts';
import { findUsers, selectUsable, type HostGpu } from './gpus.ts';
import { endpointName } from './names.ts';
import { findPort } from './ports.ts';
import type { LaunchRequest, ModelProfiles } from './request.ts';

/** What is decided before anything is started. */
export interface LaunchPlan {
  readonly choice: Choice;
  readonly plan: ChoicePlan;
  readonly name: string;
  readonly facts: EndpointFacts;
  /** All GPUs of the host with their users. */
  readonly gpus: readonly HostGpu[];
}

/** What a plan depends on besides the request. */
export interface LaunchFacts {
  readonly model: ModelProfiles;
  readonly gpus: readonly Gpu[];
  /** What was noticed while the GPUs were detected. */
  readonly warnings: readonly string[];
  readonly endpoints: readonly Endpoint[];
  /** A choice that was tried and whose memory was not enough. */
  readonly tried: Choice | undefined;
  readonly refusedPorts: ReadonlySet<number>;
  /** Names that containers have which are no endpoints. */
  readonly refusedNames?: ReadonlySet<string>;
}

const CONTAINER_PORT = 8000;

/** Decides about profile, GPUs, name and port. Looks at the host's ports; changes nothing. @throws AimError */
export async function planLaunch(request: LaunchRequest, facts: LaunchFacts): Promise<LaunchPlan> {
  const gpus = findUsers(facts.gpus, facts.endpoints);
  const plan = planModel(request, facts, gpus);
  const { tried } = facts;
  const choice = (tried === undefined ? undefined : roomierChoices(plan, tried)[0]) ?? plan.choices[0];
  const { port: wanted, address } = request;
  const port = await findPort({ wanted, address, refused: facts.refusedPorts }, facts.endpoints);
  const { metadata, id } = choice.profile;
  const naming = { model: facts.model.model, precision: choice.precision, backend: metadata.engine };
  return {
    choice,
    plan,
    gpus,
    name: planName(request.name, { ...naming, gpuCount: choice.gpus.length }, facts),
    facts: {
      ...naming,
      profile: id,
      metric: metadata.metric,
      gpuModel: choice.gpuModel,
      gpus: choice.gpus.map((gpu) => gpu.id),
      address,
      port,
      containerPort: CONTAINER_PORT,
      supervised: isOn(request.env['AIM_SUPERVISE']),
    },
  };
}

/** The choices for the model on the GPUs that may be used. @throws AimError usage or environment */
export function planModel(
  request: LaunchRequest,
  { model, warnings }: Pick<LaunchFacts, 'model' | 'warnings'>,
  gpus: readonly HostGpu[],
): ChoicePlan {
  const usable = selectUsable(gpus, request.gpus);
  if (usable.length === 0) throw noGpu(gpus, warnings);
  const { backend, metric, precision, engineArgs } = request;
  const gpuCount = request.gpuCount ?? request.gpus?.length;
  const { recipes } = model;
  const wanted = { model: model.model, backend, metric, precision, engineArgs, gpuCount, recipes };
  return model.named === undefined
    ? planChoices(wanted, model.profiles, usable)
    : chooseNamed(wanted, model.named, usable);
}

/** Bits of a weight. */
const BITS: Readonly<Record<Precision, number>> = { fp32: 32, fp16: 16, bf16: 16, fp8: 8, int8: 8, fp4: 4, int4: 4 };

/** The choices that have more room for the model than one whose memory was not enough, best first. */
export function roomierChoices({ choices }: ChoicePlan, tried: Choice): Choice[] {
  const room = ({ gpus, precision }: Choice) => gpus.length / BITS[precision];
  return choices.filter((each) => room(each) > room(tried));
}

function planName(
  wanted: string | undefined,
  naming: Parameters<typeof endpointName>[0],
  { endpoints, refusedNames = new Set() }: Pick<LaunchFacts, 'endpoints' | 'refusedNames'>,
): string {
  const taken = new Set(endpoints.map(({ name }) => name));
  if (wanted === undefined) return endpointName(naming, new Set([...taken, ...refusedNames]));
  if (!taken.has(wanted)) return wanted;
  throw failure('usage', {
    message: `there is an endpoint ${wanted} already`,
    hint: `Choose another --name, or stop it with aimctl stop ${wanted}.`,
  });
}

function noGpu(gpus: readonly HostGpu[], warnings: readonly string[]): Error {
  if (gpus.length === 0) {
    return failure('environment', {
      message: 'this host has no usable AMD GPU',
      details: warnings,
      hint: 'See what is found with `aim-runtime detect-hardware`; the driver is amdgpu, with /dev/kfd and /dev/dri.',
    });
  }
  return failure('environment', {
    message: `none of the ${gpus.length} GPUs of this host is free`,
    details: gpus.map(({ id, index, user }) => `GPU ${index} (${id}): ${user ?? 'free'}`),
    hint: 'Stop an endpoint with aimctl stop, or name GPUs with --gpus.',
  });
}

function isOn(value: string | undefined): boolean {
  return /^(?:1|true|yes|on)$/i.test(value ?? '');
}
