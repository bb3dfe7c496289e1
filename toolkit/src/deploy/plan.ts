import type { MemoryEstimate, ModelFacts } from 'aim-runtime/estimate';
import { DEVICE_IDS, findDevice } from 'aim-runtime/gpu';
import type { Engine } from 'aim-runtime/profile';
import { planProfileFile } from '../engine/container-plan.ts';
import type { EndpointImage } from '../engine/endpoint-image.ts';
import { failure } from '../exit-codes.ts';
import { findReference } from '../oci/reference.ts';
import { checkRequest } from './check-request.ts';
import type { ProfileChoice } from './choose-profile.ts';
import { MANAGER, type DeploymentPlan, type PlannedAutoscaling, type PlannedProfile } from './deployment-plan.ts';
import { planEnvironment, renderEngineArgs } from './environment.ts';
import { LONGEST_NAME } from './values.ts';
import type { DeployRequest } from './request.ts';
import { computeSizes, estimateFit } from './sizes.ts';

/** What a plan depends on besides the request. */
export interface DeployFacts {
  /** The model's id as its profiles spell it. */
  readonly model: string;
  readonly choice: ProfileChoice;
  readonly image: EndpointImage;
  /** Undefined when nobody knows the model's dimensions. */
  readonly modelFacts: ModelFacts | undefined;
  /** The model is handed out only to those who agreed to its terms; undefined when nobody knows. */
  readonly gated: boolean | undefined;
}

/** Gauges by which engines tell how much they have to do. */
const GAUGES: Readonly<Record<Engine, { readonly running: string; readonly waiting: string }>> = {
  vllm: { running: 'vllm:num_requests_running', waiting: 'vllm:num_requests_waiting' },
  sglang: { running: 'sglang:num_running_reqs', waiting: 'sglang:num_queue_reqs' },
};
/** Another replica is due before the sequences that fit into memory are all in use. */
const BUSY_SHARE = 0.8;
/** Where nothing says how many fit. */
const USUAL_RUNNING = 32;
const WAITING_PER_REPLICA = 4;
const LONGEST_JOINED = 63;

/** Decides what a deployment is made of; pure. @throws AimError usage */
export function planDeployment(request: DeployRequest, facts: DeployFacts): DeploymentPlan {
  checkRequest(request);
  const { target, namespace, replicas, cache, pullSecrets, priorityClass, deviceGroups, gateway, engineArgs } = request;
  const { choice, image, model } = facts;
  const { profile, gpu } = choice;
  const sizes = computeSizes({
    profile,
    gpu,
    engineArgs,
    facts: facts.modelFacts,
    cache,
    cacheBytes: request.cacheBytes,
  });
  const name = request.name ?? deploymentName(model);
  checkJoinedName(target, name, namespace);
  return {
    ...{ target, name, namespace, model, image, pullSecrets, sizes, replicas, priorityClass, deviceGroups },
    manager: MANAGER,
    profile: planProfile(facts),
    gpus: { ...gpu, deviceIds: DEVICE_IDS.filter((id) => findDevice(id)?.model === gpu.model) },
    autoscaling: planAutoscaling(
      request,
      profile.metadata.engine,
      estimateFit({ profile, gpu, engineArgs, facts: facts.modelFacts }),
    ),
    cache: {
      kind: cache,
      accessMode: request.accessMode ?? 'ReadWriteOnce',
      storageClass: request.storageClass,
      hostPath: request.cachePath,
    },
    env: planEnvironment({ model, image, profile, gpuCount: gpu.count, cache, engineArgs, userEnv: request.env }),
    userEnv: { ...request.env, ...renderEngineArgs(engineArgs) },
    secretEnv:
      request.hfSecret === undefined
        ? []
        : [{ variable: 'HF_TOKEN', secret: request.hfSecret.name, key: request.hfSecret.key }],
    route: gateway === undefined ? undefined : { hostname: request.hostname, gateway },
    notes: [...choice.notes, ...notesOf(request, facts)],
  };
}

function planProfile({ choice, image, model }: DeployFacts): PlannedProfile {
  const { profile } = choice;
  const { engine, precision, metric, type } = profile.metadata;
  return {
    ...{ id: profile.id, engine, precision, metric, type },
    checkpoint: profile.modelId ?? model,
    file: planProfileFile(profile, image, model),
  };
}

function planAutoscaling(
  request: DeployRequest,
  engine: Engine,
  estimate: MemoryEstimate | undefined,
): PlannedAutoscaling | undefined {
  const { autoscaling, minReplicas, maxReplicas, prometheusUrl } = request;
  if (autoscaling === 'none' || maxReplicas === undefined) return undefined;
  const fitting = estimate && Math.min(estimate.maxSequences, estimate.concurrentSequences);
  const running = fitting === undefined ? USUAL_RUNNING : Math.max(1, Math.floor(fitting * BUSY_SHARE));
  return {
    ...{ kind: autoscaling, minReplicas, maxReplicas, prometheusUrl },
    triggers: [
      { metric: GAUGES[engine].running, perReplica: running },
      { metric: GAUGES[engine].waiting, perReplica: WAITING_PER_REPLICA },
    ],
  };
}

/** `aim-llama-3-1-8b-instruct` for `meta-llama/Llama-3.1-8B-Instruct`. */
export function deploymentName(model: string): string {
  const slug = (model.split('/').at(-1) ?? model).toLowerCase().replace(/[^a-z0-9]+/g, '-');
  return `aim-${slug}`.slice(0, LONGEST_NAME).replace(/-+$/, '');
}

/** The operator has KServe join name and namespace into one label. */
function checkJoinedName(target: DeployRequest['target'], name: string, namespace: string): void {
  const joined = `${name}-${namespace}`;
  if (target !== 'aim-operator' || joined.length <= LONGEST_JOINED) return;
  throw failure('usage', {
    message: `${joined} has ${joined.length} characters, ${LONGEST_JOINED} is the most that the AIM operator can use`,
    hint: 'Give a shorter --name.',
  });
}

function notesOf(request: DeployRequest, { image, modelFacts, gated, choice }: DeployFacts): string[] {
  const { target, cache, hfSecret } = request;
  const local = target === 'compose' || target === 'docker';
  const reference = findReference(image.reference);
  return [
    ...(modelFacts
      ? []
      : ['the dimensions of the model are not known: sizes are those of a model that fills its GPUs']),
    ...(gated === true && hfSecret === undefined && !local
      ? ['the model is gated: hand a token over with --hf-secret NAME[:KEY]']
      : []),
    ...(local && (gated === true || hfSecret !== undefined)
      ? ['the token is taken from HF_TOKEN of the environment that starts it']
      : []),
    ...(request.registry === undefined && request.image === undefined && !local
      ? [`nodes have to have ${image.reference} already: name its place with --registry or --image`]
      : []),
    ...(reference?.digest === undefined
      ? ['the image is named by its tag, which may change: --pin takes its digest']
      : []),
    ...(cache === 'hostpath' ? [`${request.cachePath} has to be there and belong to 1000:1000`] : []),
    ...(findDevice(DEVICE_IDS.find((id) => findDevice(id)?.model === choice.gpu.model)) === undefined
      ? [`no device id of ${choice.gpu.model} is known: any node with free GPUs is taken`]
      : []),
  ];
}
