import { homedir } from 'node:os';
import { createExec } from 'aim-runtime/system';
import type { Machine } from '../bench/hosts/machine.ts';
import { findEndpoints } from '../docker/endpoint.ts';
import type { EndpointHost } from '../engine/host.ts';
import type { Cluster } from '../kubernetes/cluster.ts';
import type { Session } from './session.ts';

/** Ways to the Docker Engine. Its clients load on first use: commands without an engine do not pay for them. */
export function engineConnections(env: NodeJS.ProcessEnv): Pick<Session, 'connect' | 'connectContainers'> {
  const endpoints = (host: string | undefined) =>
    findEndpoints({ host, env, home: homedir(), uid: process.getuid?.() });
  return {
    connect: async (host) => {
      const { connectEngine } = await import('../docker/client.ts');
      return connectEngine(endpoints(host));
    },
    connectContainers: async (host) => {
      const { connectContainers } = await import('../docker/docker-containers.ts');
      return connectContainers(endpoints(host));
    },
  };
}

/** Machines and engines of benchmarks. */
export function benchSurroundings(env: NodeJS.ProcessEnv): Pick<Session, 'benchMachine' | 'engines'> {
  return {
    benchMachine: (ssh) => openBenchMachine(env, ssh),
    engines: {
      containers: async (endpoints) => (await import('../docker/docker-containers.ts')).connectContainers(endpoints),
      images: async (endpoints) => (await import('../docker/client.ts')).connectEngine(endpoints),
    },
  };
}

/** The cluster of a context of kubectl's configuration; its client loads on first use. */
export async function connectCluster(
  env: NodeJS.ProcessEnv,
  context: string | undefined,
  signal: AbortSignal,
): Promise<Cluster> {
  const { loadKubeconfig } = await import('../kubernetes/kubeconfig.ts');
  const { createCluster } = await import('../kubernetes/client-cluster.ts');
  return createCluster(loadKubeconfig({ env, home: homedir(), context }), signal);
}

async function openBenchMachine(env: NodeJS.ProcessEnv, ssh: Parameters<Session['benchMachine']>[0]): Promise<Machine> {
  const { execPath: path, platform, arch } = process;
  if (ssh === undefined) {
    const { createLocalMachine } = await import('../bench/hosts/local-machine.ts');
    return createLocalMachine({ env, node: path });
  }
  const { openSshMachine } = await import('../bench/hosts/ssh-machine.ts');
  return openSshMachine({ ...ssh, env, node: { path, platform, arch } });
}

/** This machine for endpoints; detecting GPUs loads on first use. */
export async function loadEndpointHost(env: NodeJS.ProcessEnv): Promise<EndpointHost> {
  const { createEndpointHost } = await import('../engine/host.ts');
  const [uid, gid] = [process.getuid?.(), process.getgid?.()];
  return createEndpointHost({ env, home: homedir(), uid, gid, exec: createExec(env) });
}
