import { spawn } from 'node:child_process';
import type { Endpoint } from '../../docker/endpoint.ts';
import { failure } from '../../exit-codes.ts';
import { helperEntry } from '../client-file.ts';
import type { Machine } from './machine.ts';

export interface LocalMachineOptions {
  readonly env: NodeJS.ProcessEnv;
  /** This Node.js. */
  readonly node: string;
}

/** The machine this program runs on. */
export function createLocalMachine({ env, node }: LocalMachineOptions): Machine {
  return {
    name: 'this machine',
    silenceMs: 0,
    passes: () => true,
    start: (helper) => {
      // In a session of its own, so that what ends this program's whole group does not end who cleans up after it.
      const child = spawn(node, [helperEntry(helper)], { env, stdio: 'pipe', detached: true });
      child.stdin.on('error', () => undefined); // that it ended is seen by its exit
      return Promise.resolve(child);
    },
    reachEngine: (engine) => (isLocal(engine) ? Promise.resolve(engine) : Promise.reject(notHere(engine))),
    reachUrl: (url) => Promise.resolve(url),
    provideFile: (path) => Promise.resolve(path),
    close: () => Promise.resolve(),
  };
}

function isLocal({ url }: Endpoint): boolean {
  return /^(?:unix|npipe):/.test(url);
}

function notHere({ url, origin }: Endpoint): Error {
  return failure('usage', {
    message: `${url} (${origin}) is a Docker Engine that may be on another machine, and the load client would be on this one`,
    hint: 'Use --host ssh://USER@HOST: the client then runs beside the server.',
  });
}
