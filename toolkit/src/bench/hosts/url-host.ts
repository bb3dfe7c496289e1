import { ask } from '../../engine/http.ts';
import { failure } from '../../exit-codes.ts';
import type { BenchHost, RunningServer } from '../host.ts';
import type { Machine } from './machine.ts';
import { placeDataset, runClient } from './run-client.ts';
import { askServer } from './served.ts';

const HEALTH_TIMEOUT_MS = 5_000;
/** Statuses of a server that has no such address, which is not to say that it is ill. */
const NO_HEALTH = new Set([404, 405, 501]);

/** The root of a server: http or https, without `/v1` and without a slash at the end. @throws AimError usage */
export function parseServerUrl(text: string): string {
  const url = URL.parse(text);
  const plain = url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.search === '';
  if (!plain) {
    throw failure('usage', {
      message: '--url takes the address of a server, such as http://127.0.0.1:8000',
      hint: 'Only http and https, without a user name or a question mark.',
    });
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '').replace(/\/v1$/, '');
}

/** A server that runs already; the load client runs on `machine`. It is not stopped. */
export function createUrlHost(baseUrl: string, machine: Machine): BenchHost {
  return {
    name: baseUrl,
    capacity: () => Promise.resolve(1),
    start: async (_request, onPhase, signal) => {
      onPhase(`asking ${baseUrl}`);
      const health = await ask(`${baseUrl}/health`, { timeoutMs: HEALTH_TIMEOUT_MS, signal });
      if (health !== undefined && health.status !== 200 && !NO_HEALTH.has(health.status)) {
        throw failure('remote', {
          message: `${baseUrl}/health answers with status ${health.status}`,
          hint: 'Wait until the server is ready, then try again.',
        });
      }
      const { model, engineVersion } = await askServer(baseUrl, signal);
      const server: RunningServer = {
        identity: {
          ...{ image: null, imageDigest: null, engine: null, gpu: null, gpuCount: null, driver: null },
          ...{ engineVersion: engineVersion ?? null, model, backends: {} },
        },
        measure: async (request, onEvent, measuring) => {
          const point = await placeDataset(machine, request.point);
          const client = await machine.start('client');
          await runClient(client, { ...request, point, baseUrl }, { onEvent, signal: measuring });
        },
        stop: () => Promise.resolve(),
      };
      return server;
    },
    close: () => machine.close(),
  };
}
