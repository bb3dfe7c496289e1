import { KubeConfig } from '@kubernetes/client-node';
import { createCluster } from '../../../src/kubernetes/client-cluster.ts';
import type { Cluster } from '../../../src/kubernetes/cluster.ts';
import type { KubeServer } from './server.ts';

/** This program's client of a server of this machine. @param signal ends everything that runs */
export function connectTo({ url }: KubeServer, signal = new AbortController().signal): Cluster {
  const config = new KubeConfig();
  config.loadFromClusterAndUser({ name: 'test', server: url, skipTLSVerify: true }, { name: 'test' });
  return createCluster(config, signal);
}
