import { createServer } from 'node:net';
import { systemCode } from 'aim-runtime/system';
import { failure } from '../exit-codes.ts';
import { holdsResources, type Endpoint } from './endpoint.ts';

const FIRST_PORT = 8000;
const LAST_PORT = 65_535;
/** Ports tried before giving up. */
const MOST_TRIED = 1000;

export interface PortRequest {
  /** Port the user asked for; undefined for the next free one. */
  readonly wanted: number | undefined;
  /** Address of the host to listen on. */
  readonly address: string;
  /** Ports that turned out to be taken although nobody listens. */
  readonly refused: ReadonlySet<number>;
}

/**
 * A port that no endpoint holds and nobody on this host listens on.
 * @throws AimError environment, or usage when the host does not have the address
 */
export async function findPort(request: PortRequest, endpoints: readonly Endpoint[]): Promise<number> {
  const holders = new Map(endpoints.filter(holdsResources).map(({ port, name }) => [port, name]));
  const { wanted, address, refused } = request;
  if (wanted !== undefined) {
    const holder = holders.get(wanted);
    if (holder === undefined && (await isFree(wanted, address))) return wanted;
    throw portTaken(wanted, holder === undefined ? 'another program' : `the endpoint ${holder}`);
  }
  for (let port = FIRST_PORT; port < Math.min(LAST_PORT, FIRST_PORT + MOST_TRIED); port++) {
    if (!holders.has(port) && !refused.has(port) && (await isFree(port, address))) return port;
  }
  throw failure('environment', {
    message: `no port from ${FIRST_PORT} to ${FIRST_PORT + MOST_TRIED - 1} is free`,
    hint: 'Name one with --port.',
  });
}

function portTaken(port: number, by: string): Error {
  return failure('environment', {
    message: `port ${port} is taken by ${by}`,
    hint: 'Choose another with --port, or leave --port out for the next free one.',
  });
}

/** What there is to be listened on that this program must not: Docker may, and says so itself when not. */
const NOT_ALLOWED = 'EACCES';
const TAKEN = 'EADDRINUSE';
/** The host does not have the address, or nothing of its kind. */
const NO_ADDRESS = ['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL'];

/** Listening is the only reliable question: it sees every program and every container. */
function isFree(port: number, address: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error) => {
      const code = systemCode(error) ?? '';
      if (code === TAKEN || code === NOT_ALLOWED) resolve(code === NOT_ALLOWED);
      else reject(cannotListen(address, error));
    });
    server.listen({ port, host: address, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

function cannotListen(address: string, error: Error): Error {
  if (NO_ADDRESS.includes(systemCode(error) ?? '')) {
    return failure('usage', {
      message: `--bind: ${address} is no address of this host`,
      hint: 'See its addresses with `ip address`; 0.0.0.0 is all of them.',
      cause: error,
    });
  }
  return failure('environment', {
    message: `no port of ${address} can be tried: ${error.message}`,
    hint: 'Choose another address with --bind.',
    cause: error,
  });
}
