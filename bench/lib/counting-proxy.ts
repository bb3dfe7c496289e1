import { createServer, request, Agent } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What has passed through since the last reset. */
export interface Traffic {
  readonly requests: number;
  /** Bytes of request bodies. */
  readonly sentBytes: number;
  /** Requests by method and kind of thing: `POST mount`. */
  readonly kinds: Readonly<Record<string, number>>;
}

export interface CountingProxy {
  /** `127.0.0.1:PORT`, to be used as the registry. */
  readonly host: string;
  take(): Traffic;
  stop(): Promise<void>;
}

/** Passes everything on to a registry of this machine, each request as late as over a network, and counts. */
export async function startCountingProxy(upstream: string, delayMs: number): Promise<CountingProxy> {
  const agent = new Agent({ keepAlive: true });
  const [hostname, port] = upstream.split(':');
  let requests = 0;
  let sentBytes = 0;
  let kinds: Record<string, number> = {};
  const server = createServer((incoming, outgoing) => {
    const { method = '', url = '', headers } = incoming;
    requests += 1;
    const kind = `${method} ${kindOf(url)}`;
    kinds[kind] = (kinds[kind] ?? 0) + 1;
    incoming.on('data', (chunk: Buffer) => (sentBytes += chunk.length));
    incoming.pause();
    void sleep(delayMs).then(() => {
      // The Host header stays: the registry makes the addresses of its uploads from it.
      const passed = request({ agent, hostname, port, method, path: url, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      });
      passed.on('error', () => outgoing.destroy());
      incoming.pipe(passed);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    take: () => {
      const traffic = { requests, sentBytes, kinds };
      requests = 0;
      sentBytes = 0;
      kinds = {};
      return traffic;
    },
    stop: async () => {
      agent.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function kindOf(url: string): string {
  if (url.includes('mount=')) return 'mount';
  return /\/(uploads|blobs|manifests|tags)\//.exec(url)?.[1] ?? 'other';
}
