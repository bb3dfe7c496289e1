import { setTimeout as sleep } from 'node:timers/promises';
import type { ContainerDetails, ContainerHost, ContainerSpec, ContainerState } from '../../src/docker/containers.ts';
import { parseEndpoint, renderLabels, type Endpoint, type EndpointFacts } from '../../src/engine/endpoint.ts';
import { failure } from '../../src/exit-codes.ts';

interface FakeContainer {
  name: string;
  labels: Readonly<Record<string, string>>;
  state: ContainerState;
  createdAt: string;
  startedAt: string | undefined;
  exitCode: number;
  log: readonly string[];
  /** What its start ends in; undefined to run on. */
  diesWith: number | undefined;
}

/** How one program meets the engine. */
export interface FakeTimes {
  /** From the time that Docker notes to the one at which the container is listed. */
  readonly createMs?: number;
  readonly startMs?: number;
}

/** A Docker Engine in memory. */
export interface FakeDocker {
  readonly all: Map<string, FakeContainer>;
  /** Calls that changed something, such as `stop one 20`. */
  readonly calls: string[];
  /** Names of containers that are no endpoints. */
  readonly foreignNames: Set<string>;
  /** Errors that a call ends in, by its name. */
  readonly errors: Map<string, Error>;
  readonly host: (times?: FakeTimes) => ContainerHost;
  /** Puts an endpoint there, as a launch would have. */
  readonly put: (name: string, facts: EndpointFacts, state?: ContainerState) => Endpoint;
}

/** Docker notes when it begins to make a container, lists it when it is done, and keeps its name from the beginning. */
export function createFakeDocker(): FakeDocker {
  const all = new Map<string, FakeContainer>();
  const calls: string[] = [];
  const foreignNames = new Set<string>();
  const errors = new Map<string, Error>();
  const reserved = new Set<string>();
  const now = (): string => new Date(performance.timeOrigin + performance.now()).toISOString();
  const find = (id: string): FakeContainer => {
    const found = all.get(id);
    if (found !== undefined) return found;
    throw failure('environment', { message: `no container ${id}` });
  };
  const detailsOf = (id: string, { name, labels, state, ...rest }: FakeContainer): ContainerDetails => ({
    ...{ id, name, labels, state, image: 'aim:1', addresses: [], outOfMemory: false, startError: '' },
    ...{ createdAt: rest.createdAt, startedAt: rest.startedAt, exitCode: rest.exitCode },
  });
  const called = (name: string, ...words: readonly (string | number)[]): void => {
    calls.push([name, ...words].join(' '));
    const error = errors.get(name);
    if (error !== undefined) throw error;
  };
  const make = (name: string, labels: Readonly<Record<string, string>>, createdAt: string): FakeContainer => ({
    ...{ name, labels, createdAt, state: 'created', startedAt: undefined, exitCode: 0, log: [], diesWith: undefined },
  });

  const host = ({ createMs = 0, startMs = 0 }: FakeTimes = {}): ContainerHost => ({
    endpoint: 'unix:///fake.sock',
    list: () => Promise.resolve([...all].map(([id, container]) => detailsOf(id, container))),
    inspect: (id) => Promise.resolve(all.has(id) ? detailsOf(id, find(id)) : undefined),
    create: async ({ name, labels }: ContainerSpec) => {
      if (foreignNames.has(name) || reserved.has(name)) {
        throw failure('check-failed', { message: `Conflict. The container name "/${name}" is already in use` });
      }
      reserved.add(name);
      const createdAt = now();
      await sleep(createMs);
      const id = `${name}-id`.padEnd(64, '0');
      all.set(id, make(name, labels, createdAt));
      return id;
    },
    putArchive: () => Promise.resolve(),
    start: async (id) => {
      const container = find(id);
      called('start', container.name);
      await sleep(startMs);
      Object.assign(container, { startedAt: now(), state: container.diesWith === undefined ? 'running' : 'exited' });
      container.exitCode = container.diesWith ?? 0;
    },
    stop: async (id, graceSeconds) => {
      called('stop', find(id).name, graceSeconds);
      find(id).state = 'exited';
      return Promise.resolve();
    },
    keepRunning: async (id) => {
      called('keepRunning', find(id).name);
      return Promise.resolve();
    },
    remove: async (id) => {
      called('remove', find(id).name);
      reserved.delete(find(id).name);
      all.delete(id);
      return Promise.resolve();
    },
    readLog: async function* (id) {
      called('readLog', find(id).name);
      yield* await Promise.resolve(find(id).log);
    },
  });

  const put = (name: string, facts: EndpointFacts, state: ContainerState = 'running'): Endpoint => {
    const id = `${name}-id`.padEnd(64, '0');
    const startedAt = state === 'created' ? undefined : now();
    const container = { ...make(name, renderLabels(facts), now()), startedAt, state };
    reserved.add(name);
    all.set(id, container);
    const endpoint = parseEndpoint(detailsOf(id, container));
    if (endpoint === undefined) throw new Error(`the labels of ${name} are not those of an endpoint`);
    return endpoint;
  };
  return { all, calls, foreignNames, errors, host, put };
}

/** What is recorded of an endpoint, with what matters changed. */
export function endpointFacts(changed: Partial<EndpointFacts> = {}): EndpointFacts {
  return {
    ...{ model: 'acme/Tiny', profile: 'p', backend: 'vllm', precision: 'fp16', metric: 'latency', gpuModel: 'MI300X' },
    ...{ gpus: ['renderD128'], address: '127.0.0.1', port: 8001, containerPort: 8000, supervised: false },
    ...changed,
  };
}
