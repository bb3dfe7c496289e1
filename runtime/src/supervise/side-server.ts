import { createServer, type Server, type ServerResponse } from 'node:http';
import type { RuntimeErrorCode } from '../exit-codes.ts';
import { AimError, messageOf } from '../system/errors.ts';
import type { Phase, StatusReport } from './state.ts';

/** What the side port tells. */
export interface SideAnswers {
  readonly status: () => Promise<StatusReport>;
  readonly readiness: () => Promise<{ readonly ready: boolean; readonly phase: Phase }>;
  /** The engine's own metrics; undefined while it gives none. */
  readonly metrics: () => Promise<string | undefined>;
}

interface Page {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** Serves `/health/live`, `/health/ready`, `/status` and `/metrics`. @throws AimError config when the port is taken */
export async function startSideServer(port: number, answers: SideAnswers): Promise<Server> {
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0] ?? '/';
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    const page = isRead ? pageFor(path, answers) : Promise.resolve(json(405, { error: 'only GET is answered' }));
    page.then(
      (found) => {
        send(response, found);
      },
      (error: unknown) => {
        send(response, json(500, { error: messageOf(error) }));
      },
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, resolve);
  }).catch((error: unknown) => {
    throw new AimError<RuntimeErrorCode>('config', {
      message: `the side port ${port} cannot be used: ${messageOf(error)}`,
      hint: 'Set AIM_SUPERVISE_PORT to a free port.',
      cause: error,
    });
  });
  return server;
}

/** Ends the server and every connection of it, idle ones included. */
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
    server.closeAllConnections();
  });
}

async function pageFor(path: string, answers: SideAnswers): Promise<Page> {
  switch (path) {
    case '/health/live':
      return json(200, { status: 'ok' });
    case '/health/ready': {
      const readiness = await answers.readiness();
      return json(readiness.ready ? 200 : 503, readiness);
    }
    case '/status':
      return json(200, await answers.status());
    case '/metrics': {
      const body = await answers.metrics();
      if (body === undefined) return json(503, { error: 'the engine gives no metrics yet' });
      return { status: 200, type: 'text/plain; version=0.0.4; charset=utf-8', body };
    }
    default:
      return json(404, {
        error: `there is no ${path}`,
        paths: ['/health/live', '/health/ready', '/status', '/metrics'],
      });
  }
}

function json(status: number, value: object): Page {
  return { status, type: 'application/json', body: `${JSON.stringify(value)}\n` };
}

function send(response: ServerResponse, { status, type, body }: Page): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}
