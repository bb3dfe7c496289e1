import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { messageOf } from 'aim-runtime/system';
import { failure } from '../../exit-codes.ts';
import { SimulatedEngine } from './engine.ts';
import type { SimulatorOptions } from './options.ts';
import { createRoutes } from './routes.ts';
import type { GroundTruth } from './truth.ts';

/** A simulated server that listens. */
export interface RunningSimulator {
  readonly url: string;
  truth(): GroundTruth;
  /** Breaks off all answers and stops listening. */
  close(): Promise<void>;
}

/** Starts a simulated vLLM server in this process. @throws AimError environment when it cannot listen */
export async function startSimulator(options: SimulatorOptions): Promise<RunningSimulator> {
  const engine = new SimulatedEngine(options);
  const answer = createRoutes(options, engine);
  const server = createServer({ keepAliveTimeout: 600_000, requestTimeout: 0 }, (request, response) => {
    // Errors of the connection end the answer by its `close`.
    response.on('error', () => undefined);
    void answer({ request, response });
  });
  server.maxConnections = 100_000;
  server.listen({ host: options.host, port: options.port, backlog: 4096 });
  await once(server, 'listening').catch((error: unknown) => {
    throw cannotListen(options, error);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}`,
    truth: () => engine.truth.read(),
    close: async () => {
      engine.stop();
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function cannotListen({ host, port }: SimulatorOptions, error: unknown): Error {
  return failure('environment', {
    message: `cannot listen on ${host} port ${port}: ${messageOf(error)}`,
    hint: 'Choose an address of this host and a free port; port 0 is any free one.',
    cause: error,
  });
}
