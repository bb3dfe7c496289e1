import { failure } from '../exit-codes.ts';
import { connectFirst } from './connection.ts';
import { CONTAINER_STATES, type ContainerHost, type ContainerSpec, type LogOptions } from './containers.ts';
import type { ContainerDetails, ContainerState, ContainerSummary } from './containers.ts';
import type { Endpoint } from './endpoint.ts';
import { createEngineHttp, readJson, type EngineHttp } from './http.ts';
import { readLines } from './log-stream.ts';

const MISSING = 404;
const CONFLICT = 409;
/** The engine writes this for a time that has not come. */
const NEVER = '0001-01-01';

/** The first endpoint where an engine answers. @throws AimError environment or usage */
export function connectContainers(endpoints: readonly Endpoint[]): Promise<ContainerHost> {
  return connectFirst(endpoints, async (endpoint) => {
    const http = createEngineHttp(endpoint);
    const answer = await http({ method: 'GET', path: '/_ping', action: 'answer' });
    answer.body.resume();
    return createDockerContainers(http, endpoint.url);
  });
}

/** The container port over the Docker Engine API (1.41 and newer). */
export function createDockerContainers(http: EngineHttp, endpoint: string): ContainerHost {
  const post = async (path: string, action: string, accept: readonly number[] = []) => {
    const answer = await http({ method: 'POST', path, action, accept });
    answer.body.resume();
  };
  return {
    endpoint,
    list: (labels) => list(http, labels),
    inspect: async (nameOrId) => {
      const path = `/containers/${encodeURIComponent(nameOrId)}/json`;
      const answer = await http({ method: 'GET', path, action: `inspect ${nameOrId}`, accept: [MISSING] });
      const found = (await readJson(answer)) as InspectRecord;
      return answer.status === MISSING ? undefined : toDetails(found);
    },
    create: (spec) => create(http, spec),
    putArchive: async (id, folder, archive) => {
      const path = `/containers/${id}/archive`;
      const action = `copy files into the container at ${folder}`;
      const answer = await http({ method: 'PUT', path, query: { path: folder }, body: archive, action });
      answer.body.resume();
    },
    start: (id) => post(`/containers/${id}/start`, 'start the container'),
    stop: (id, graceSeconds) =>
      post(`/containers/${id}/stop?t=${Math.ceil(graceSeconds)}`, 'stop the container', [MISSING]),
    keepRunning: async (id) => {
      const body = { RestartPolicy: { Name: 'unless-stopped' } };
      const action = 'change the restart policy';
      const answer = await http({ method: 'POST', path: `/containers/${id}/update`, body, action });
      answer.body.resume();
    },
    remove: async (id) => {
      const query = { force: true, v: true };
      // A conflict means that the engine is removing it already.
      const accept = [MISSING, CONFLICT];
      const path = `/containers/${id}`;
      const answer = await http({ method: 'DELETE', path, query, action: 'remove the container', accept });
      answer.body.resume();
    },
    readLog: (id, options) => readLog(http, id, options),
  };
}

async function list(http: EngineHttp, labels: readonly string[]): Promise<ContainerSummary[]> {
  const query = { all: true, filters: JSON.stringify({ label: labels }) };
  const answer = await http({ method: 'GET', path: '/containers/json', query, action: 'list containers' });
  return ((await readJson(answer)) as ListRecord[]).map((found) => ({
    id: found.Id,
    name: found.Names[0]?.replace(/^\//, '') ?? found.Id,
    image: found.Image,
    state: toState(found.State),
    labels: found.Labels ?? {},
    addresses: toAddresses(found.NetworkSettings),
  }));
}

async function create(http: EngineHttp, spec: ContainerSpec): Promise<string> {
  const { name } = spec;
  const action = `create the container ${name}`;
  const body = toBody(spec);
  const answer = await http({
    method: 'POST',
    path: '/containers/create',
    query: { name },
    body,
    action,
    accept: [CONFLICT],
  });
  const { Id, message } = (await readJson(answer)) as { Id?: string; message?: string };
  if (Id !== undefined) return Id;
  throw failure('check-failed', { message: message ?? `there is a container ${name} already` });
}

async function* readLog(http: EngineHttp, id: string, options: LogOptions): AsyncGenerator<string> {
  const { follow, tailLines, signal } = options;
  const query = { stdout: true, stderr: true, follow, tail: tailLines ?? 'all' };
  const path = `/containers/${id}/logs`;
  const answer = await http({ method: 'GET', path, query, action: "read the container's log", signal });
  try {
    yield* readLines(answer.body as AsyncIterable<Buffer>);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    answer.body.destroy();
  }
}

function toBody(spec: ContainerSpec): object {
  const key = (port: number) => `${port}/tcp`;
  return {
    Image: spec.image,
    // An entrypoint of our own comes without the image's arguments for its own.
    ...(spec.entrypoint === undefined ? {} : { Entrypoint: spec.entrypoint, Cmd: [] }),
    Env: Object.entries(spec.env).map(([name, value]) => `${name}=${value}`),
    Labels: spec.labels,
    ...(spec.user === undefined ? {} : { User: spec.user }),
    ExposedPorts: Object.fromEntries(spec.ports.map(({ containerPort }) => [key(containerPort), {}])),
    HostConfig: {
      Binds: spec.binds.map(({ source, target }) => `${source}:${target}`),
      Devices: spec.devices.map((path) => ({ PathOnHost: path, PathInContainer: path, CgroupPermissions: 'rwm' })),
      GroupAdd: spec.groups,
      ShmSize: spec.sharedMemoryBytes,
      ...(spec.network === undefined ? {} : { NetworkMode: spec.network }),
      PortBindings: Object.fromEntries(
        spec.ports.map(({ containerPort, hostAddress, hostPort }) => [
          key(containerPort),
          [{ HostIp: hostAddress, HostPort: String(hostPort) }],
        ]),
      ),
    },
  };
}

function toDetails(found: InspectRecord): ContainerDetails {
  const { State: state } = found;
  return {
    id: found.Id,
    name: found.Name.replace(/^\//, ''),
    image: found.Config.Image,
    state: toState(state.Status),
    labels: found.Config.Labels ?? {},
    addresses: toAddresses(found.NetworkSettings),
    createdAt: found.Created,
    startedAt: state.StartedAt.startsWith(NEVER) ? undefined : state.StartedAt,
    exitCode: state.ExitCode,
    outOfMemory: state.OOMKilled,
    startError: state.Error,
  };
}

function toState(text: string): ContainerState {
  return CONTAINER_STATES.find((state) => state === text) ?? 'dead';
}

function toAddresses(settings: NetworkRecord | null | undefined): string[] {
  return Object.values(settings?.Networks ?? {}).flatMap(({ IPAddress }) => (IPAddress ? [IPAddress] : []));
}

interface NetworkRecord {
  readonly Networks?: Readonly<Record<string, { readonly IPAddress?: string }>> | null;
}

interface ListRecord {
  readonly Id: string;
  readonly Names: readonly string[];
  readonly Image: string;
  readonly State: string;
  readonly Labels?: Readonly<Record<string, string>> | null;
  readonly NetworkSettings?: NetworkRecord | null;
}

interface InspectRecord {
  readonly Id: string;
  readonly Name: string;
  readonly Created: string;
  readonly Config: { readonly Image: string; readonly Labels?: Readonly<Record<string, string>> | null };
  readonly State: {
    readonly Status: string;
    readonly StartedAt: string;
    readonly ExitCode: number;
    readonly OOMKilled: boolean;
    readonly Error: string;
  };
  readonly NetworkSettings?: NetworkRecord | null;
}
