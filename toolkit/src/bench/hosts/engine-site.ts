import type { ContainerHost } from '../../docker/containers.ts';
import type { Endpoint } from '../../docker/endpoint.ts';
import type { ContainerEngine } from '../../docker/engine.ts';
import type { HostSettings } from '../../engine/start.ts';
import { failure } from '../../exit-codes.ts';
import { connectAgent, type Agent } from './agent/connection.ts';
import type { HostFacts } from './agent/protocol.ts';
import { leaseContainers } from './leased-containers.ts';
import type { Machine } from './machine.ts';

/** Ways to an engine that can be called from here. */
export interface EngineConnections {
  readonly containers: (endpoints: readonly Endpoint[]) => Promise<ContainerHost>;
  readonly images: (endpoints: readonly Endpoint[]) => Promise<ContainerEngine>;
}

/** A machine with a Docker Engine and an agent that holds the lease on everything made there. */
export interface EngineSite {
  readonly machine: Machine;
  readonly agent: Agent;
  readonly facts: HostFacts;
  readonly containers: ContainerHost;
  readonly connectImages: () => Promise<ContainerEngine>;
  readonly settings: HostSettings;
  /** Containers that programs which died had left, removed now. */
  readonly removed: readonly string[];
  /** Ends the agent, which removes what is left. */
  close(): Promise<void>;
}

/** Starts the agent and takes the lease. @param env variables for containers @throws AimError */
export async function openEngineSite(
  machine: Machine,
  connections: EngineConnections,
  env: Readonly<Record<string, string>>,
): Promise<EngineSite> {
  const agent = connectAgent(await machine.start('agent'), machine.name);
  try {
    const facts = await agent.ask('facts', null);
    if (facts.engines.length === 0) throw noEngine(machine.name);
    const reached = await Promise.all(facts.engines.map((engine) => machine.reachEngine(engine)));
    const containers = await connections.containers(reached);
    const index = reached.findIndex(({ url }) => url === containers.endpoint);
    const [endpoint, here] = [facts.engines[index], reached[index]];
    if (endpoint === undefined || here === undefined) throw noEngine(machine.name);
    const { lease, removed } = await agent.ask('hold', { endpoint, silenceMs: machine.silenceMs });
    const { uid, gid } = facts;
    return {
      ...{ machine, agent, facts, removed },
      containers: leaseContainers(containers, lease),
      connectImages: () => connections.images([here]),
      settings: {
        findAccess: (gpus) => agent.ask('access', { gpus }),
        ensureFolder: async (path) => {
          await agent.ask('folder', { path });
        },
        passedEnv: Object.fromEntries(Object.entries(env).filter(([name]) => machine.passes(name))),
        user: uid === undefined || uid === 0 ? undefined : `${uid}:${gid ?? uid}`,
      },
      close: () => agent.close(),
    };
  } catch (error) {
    await agent.close();
    throw error;
  }
}

function noEngine(machine: string): Error {
  return failure('environment', {
    message: `there is no Docker Engine on ${machine}`,
    hint: 'Start Docker there, check that this user may use it (group docker), or measure a running server with --url.',
  });
}
