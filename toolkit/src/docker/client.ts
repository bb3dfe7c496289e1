import Dockerode from 'dockerode';
import { connectFirst, connectionOptions } from './connection.ts';
import { createDockerEngine } from './docker-engine.ts';
import type { Endpoint } from './endpoint.ts';
import type { ContainerEngine } from './engine.ts';

/**
 * The first endpoint where an engine answers.
 * @throws AimError environment listing what was tried when none does
 */
export function connectEngine(endpoints: readonly Endpoint[]): Promise<ContainerEngine> {
  return connectFirst(endpoints, async (endpoint) => {
    const engine = createDockerEngine(new Dockerode(connectionOptions(endpoint)), endpoint.url);
    await engine.version();
    return engine;
  });
}
