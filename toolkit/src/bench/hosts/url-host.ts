import { ask } from '../../engine/http.ts';
import { failure } from '../../exit-codes.ts';
import type { ClientEvent } from '../client-protocol.ts';
import type { BenchHost, RunningServer } from '../host.ts';
import type { Machine } from './machine.ts';
import { placeDataset, runClient } from './run-client.ts';
import { askServer } from './served.ts';

const HEALTH_TIMEOUT_MS = 5_000;
/** Statuses of a server without that address, or that keeps it to itself: which is not to say that it is ill. */
const NO_HEALTH = new Set([401, 403, 404, 405, 501]);

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

/**
 * A server that runs already; the load client runs on `machine`. It is not stopped. `apiKey` is sent as a bearer token
 * and hidden where the server repeats it in a refusal.
 */
export function createUrlHost(baseUrl: string, machine: Machine, apiKey?: string): BenchHost {
  const headers: Readonly<Record<string, string>> = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
  return {
    name: baseUrl,
    capacity: () => Promise.resolve(1),
    start: async ({ model: wanted }, onPhase, signal) => {
      onPhase(`asking ${baseUrl}`);
      const health = await ask(`${baseUrl}/health`, { timeoutMs: HEALTH_TIMEOUT_MS, signal, headers });
      if (health !== undefined && health.status !== 200 && !NO_HEALTH.has(health.status)) {
        throw failure('remote', {
          message: `${baseUrl}/health answers with status ${health.status}`,
          hint: 'Wait until the server is ready, then try again.',
        });
      }
      const { model, engineVersion } = await askServer(baseUrl, { signal, headers, model: wanted });
      const server: RunningServer = {
        identity: {
          ...{ image: null, imageDigest: null, engine: null, gpu: null, gpuCount: null, driver: null },
          ...{ engineVersion: engineVersion ?? null, model, backends: {} },
        },
        measure: async (request, onEvent, measuring) => {
          const point = await placeDataset(machine, request.point);
          const client = await machine.start('client');
          const hidden = (event: ClientEvent) => onEvent(hideKey(event, apiKey));
          await runClient(client, { ...request, headers, point, baseUrl }, { onEvent: hidden, signal: measuring });
        },
        stop: () => Promise.resolve(),
      };
      return server;
    },
    close: () => machine.close(),
  };
}

const HIDDEN = '[hidden]';

/** Servers may repeat a key that they refuse. */
function hideKey(event: ClientEvent, apiKey: string | undefined): ClientEvent {
  if (apiKey === undefined || event.type !== 'record' || event.record.error === undefined) return event;
  return { ...event, record: { ...event.record, error: event.record.error.replaceAll(apiKey, HIDDEN) } };
}
