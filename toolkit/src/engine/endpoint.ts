import { ENGINES, METRICS, PRECISIONS, type Engine, type Metric, type Precision } from 'aim-runtime/profile';
import type { ContainerState, ContainerSummary } from '../docker/containers.ts';

/** Every endpoint's container carries this label; its value is the version of the others. */
export const ENDPOINT_LABEL = 'com.amd.aim.engine.endpoint';
const FORMAT_VERSION = '1';
const PREFIX = 'com.amd.aim.engine';

/** What is recorded of an endpoint when it is launched. It is kept in the labels of its container and nowhere else. */
export interface EndpointFacts {
  /** `org/model`, or an address of a bucket. */
  readonly model: string;
  readonly profile: string;
  readonly backend: Engine;
  readonly precision: Precision;
  readonly metric: Metric;
  /** Model of GPU. */
  readonly gpuModel: string;
  /** GPUs it holds, see {@link gpuId}. */
  readonly gpus: readonly string[];
  /** Address of the host that listens; `0.0.0.0` or `::` for all. */
  readonly address: string;
  /** Port of the host. */
  readonly port: number;
  /** Port inside the container. */
  readonly containerPort: number;
  /** The container's first process drains by itself when it is asked to end. */
  readonly supervised: boolean;
}

/** An endpoint of this host, running or not. */
export interface Endpoint extends EndpointFacts {
  readonly id: string;
  readonly name: string;
  readonly image: string;
  readonly state: ContainerState;
  /** The container's own addresses. */
  readonly addresses: readonly string[];
}

/** States in which an endpoint uses its GPUs, or is about to. */
const HOLDING: readonly ContainerState[] = ['created', 'running', 'paused', 'restarting'];

/** True when nobody else may be given this endpoint's GPUs and port. */
export function holdsResources({ state }: Pick<Endpoint, 'state'>): boolean {
  return HOLDING.includes(state);
}

/** The labels that record an endpoint. */
export function renderLabels(facts: EndpointFacts): Record<string, string> {
  return {
    [ENDPOINT_LABEL]: FORMAT_VERSION,
    [`${PREFIX}.model`]: facts.model,
    [`${PREFIX}.profile`]: facts.profile,
    [`${PREFIX}.backend`]: facts.backend,
    [`${PREFIX}.precision`]: facts.precision,
    [`${PREFIX}.metric`]: facts.metric,
    [`${PREFIX}.gpuModel`]: facts.gpuModel,
    [`${PREFIX}.gpus`]: facts.gpus.join(','),
    [`${PREFIX}.address`]: facts.address,
    [`${PREFIX}.port`]: String(facts.port),
    [`${PREFIX}.containerPort`]: String(facts.containerPort),
    [`${PREFIX}.supervised`]: String(facts.supervised),
  };
}

/** The endpoint a container is; undefined when its labels are not those of an endpoint. */
export function parseEndpoint(container: ContainerSummary): Endpoint | undefined {
  const label = (name: string) => container.labels[`${PREFIX}.${name}`] ?? '';
  const backend = ENGINES.find((each) => each === label('backend'));
  const precision = PRECISIONS.find((each) => each === label('precision'));
  const metric = METRICS.find((each) => each === label('metric'));
  const port = Number(label('port'));
  if (container.labels[ENDPOINT_LABEL] !== FORMAT_VERSION || !backend || !precision || !metric) return undefined;
  if (!Number.isInteger(port) || label('model') === '') return undefined;
  const { id, name, image, state, addresses } = container;
  return {
    ...{ id, name, image, state, addresses, backend, precision, metric, port },
    model: label('model'),
    profile: label('profile'),
    gpuModel: label('gpuModel'),
    gpus: label('gpus')
      .split(',')
      .filter((gpu) => gpu !== ''),
    address: label('address'),
    containerPort: Number(label('containerPort')),
    supervised: label('supervised') === 'true',
  };
}

/** Listening on all addresses includes the host's own one, by which it is asked. */
const OWN_ADDRESS: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

/** An address as URLs have it. */
function hostOf(address: string): string {
  const own = OWN_ADDRESS[address] ?? address;
  return own.includes(':') ? `[${own}]` : own;
}

/** Where the endpoint may be reached from this host, the way users take first. */
export function urlsOf({ address, port, addresses, containerPort }: Omit<Endpoint, 'state'>): string[] {
  const published = `http://${hostOf(address)}:${port}`;
  // Where publishing does not work, as in some nested machines, the container's own address does.
  return [published, ...addresses.map((each) => `http://${each}:${containerPort}`)];
}
