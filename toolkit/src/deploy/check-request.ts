import { failure } from '../exit-codes.ts';
import type { DeployRequest, DeployTarget } from './request.ts';

/** One thing that cannot be, and what to do. */
interface Contradiction {
  readonly message: string;
  readonly hint: string;
}

type Rule = (request: DeployRequest) => Contradiction | undefined;

const LOCAL: readonly DeployTarget[] = ['compose', 'docker'];

/** What does not go together, in the order it is told. */
const RULES: readonly Rule[] = [
  sharedClaim,
  bounds,
  localReplicas,
  localRouting,
  routeWithoutGateway,
  operatorCannot,
  accessWithoutClaim,
];

/** Refuses values that are fine by themselves but contradict each other. @throws AimError usage */
export function checkRequest(request: DeployRequest): void {
  for (const rule of RULES) {
    const found = rule(request);
    if (found) throw failure('usage', found);
  }
}

/** The most replicas there can be. */
export function mostReplicas({ autoscaling, replicas, maxReplicas }: DeployRequest): number {
  return autoscaling === 'none' ? replicas : (maxReplicas ?? replicas);
}

function sharedClaim(request: DeployRequest): Contradiction | undefined {
  const { cache, accessMode, target } = request;
  const claims = (cache === 'pvc' || cache === 'preload') && !LOCAL.includes(target) && target !== 'aim-operator';
  if (!claims || mostReplicas(request) === 1 || accessMode === 'ReadWriteMany') return undefined;
  return {
    message: `${mostReplicas(request)} replicas cannot share a volume that one node alone may mount`,
    hint: 'Give --access-mode ReadWriteMany with a --storage-class that has it, or --cache ephemeral or hostpath.',
  };
}

function bounds({ autoscaling, minReplicas, maxReplicas }: DeployRequest): Contradiction | undefined {
  if (autoscaling === 'none') {
    if (maxReplicas === undefined) return undefined;
    return { message: '--max-replicas needs an autoscaler', hint: 'Add --autoscaling keda or hpa, or use --replicas.' };
  }
  if (maxReplicas === undefined)
    return { message: `--autoscaling ${autoscaling} needs --max-replicas`, hint: 'For example --max-replicas 4.' };
  if (minReplicas <= maxReplicas) return undefined;
  return {
    message: `--min-replicas ${minReplicas} is more than --max-replicas ${maxReplicas}`,
    hint: 'Exchange them, or leave one out.',
  };
}

function localReplicas(request: DeployRequest): Contradiction | undefined {
  if (!LOCAL.includes(request.target) || (mostReplicas(request) === 1 && request.autoscaling === 'none'))
    return undefined;
  return {
    message: `--target ${request.target} runs one replica: it publishes a port of this host`,
    hint: 'Leave --replicas and --autoscaling out, or choose a target of a cluster.',
  };
}

function localRouting({ target, hostname, gateway }: DeployRequest): Contradiction | undefined {
  if (!LOCAL.includes(target) || (hostname ?? gateway) === undefined) return undefined;
  return { message: `--target ${target} has no routes`, hint: 'Leave --hostname and --gateway out.' };
}

function routeWithoutGateway({ hostname, gateway }: DeployRequest): Contradiction | undefined {
  if (hostname === undefined || gateway !== undefined) return undefined;
  return {
    message: '--hostname needs the Gateway that listens for it',
    hint: 'Add --gateway [NAMESPACE/]NAME; see them with kubectl get gateways -A.',
  };
}

function operatorCannot(request: DeployRequest): Contradiction | undefined {
  const { target, cache, hostname, autoscaling, priorityClass } = request;
  if (target !== 'aim-operator') return undefined;
  const flag = [
    cache === 'hostpath' && '--cache hostpath',
    hostname !== undefined && '--hostname',
    autoscaling === 'hpa' && '--autoscaling hpa',
    priorityClass !== undefined && '--priority-class',
    request.accessMode !== undefined && '--access-mode',
    request.cacheBytes !== undefined && '--cache-size',
  ].find((each) => each !== false);
  if (flag === undefined) return undefined;
  return {
    message: `the AIM operator has nothing like ${flag}`,
    hint: 'Leave it out: the operator makes volumes, routes by path and scales with KEDA. Or choose --target kserve.',
  };
}

function accessWithoutClaim({ target, cache, accessMode }: DeployRequest): Contradiction | undefined {
  if (accessMode === undefined || (!LOCAL.includes(target) && (cache === 'pvc' || cache === 'preload')))
    return undefined;
  return { message: '--access-mode is for --cache pvc or preload in a cluster', hint: 'Leave it out.' };
}
