import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface CuttingProxy {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  /** Connections that were cut. */
  readonly cuts: () => number;
  readonly stop: () => Promise<void>;
}

/**
 * Passes connections on to a server, and cuts each of the first ones after as many bytes from the client as the
 * list says; later ones live.
 */
export async function startCuttingProxy(target: string, cutAfterBytes: readonly number[]): Promise<CuttingProxy> {
  const [hostname = '', port = ''] = target.split(':');
  const budgets = [...cutAfterBytes];
  const sockets = new Set<Socket>();
  let cuts = 0;
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    let left = budgets.shift() ?? Number.POSITIVE_INFINITY;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        client.destroy();
        upstream.destroy();
      });
    }
    upstream.pipe(client);
    client.on('data', (chunk) => {
      upstream.write(chunk.subarray(0, left));
      left -= chunk.length;
      if (left > 0) return;
      cuts += 1;
      client.resetAndDestroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    cuts: () => cuts,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
