import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { renderLabels } from '../../src/engine/endpoint.ts';

/** A Docker Engine with one endpoint, whose log grows for as long as somebody follows it. */
export interface LogEngine extends AsyncDisposable {
  /** Value of DOCKER_HOST. */
  readonly url: string;
  /** Name of the endpoint. */
  readonly name: string;
}

const NAME = 'aim-engine-acme-model';
const LINE_EVERY_MS = 20;

export async function startLogEngine(): Promise<LogEngine> {
  const Labels = renderLabels({
    ...{ model: 'acme/Model', profile: 'p', backend: 'vllm', precision: 'fp16', metric: 'latency', gpuModel: 'MI300X' },
    ...{ gpus: ['1'], address: '127.0.0.1', port: 8000, containerPort: 8000, supervised: false },
  });
  const container = { Id: 'f'.repeat(64), Names: [`/${NAME}`], Image: 'aim', State: 'running', Labels };
  const server = createServer(({ url = '' }, response) => {
    if (!url.includes('/logs')) return void response.end(url === '/_ping' ? 'OK' : JSON.stringify([container]));
    let number = 0;
    const timer = setInterval(() => response.write(frame(`line ${number++}\n`)), LINE_EVERY_MS);
    response.once('close', () => clearInterval(timer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    name: NAME,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** Text as the engine sends what a container wrote to its standard output. */
function frame(text: string): Buffer {
  const header = Buffer.from([1, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
}
