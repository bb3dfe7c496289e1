import { existsSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createExec } from 'aim-runtime/system';
import { connectContainers } from '../../../docker/docker-containers.ts';
import { findEndpoints } from '../../../docker/endpoint.ts';
import { createEndpointHost } from '../../../engine/host.ts';
import { viewProcesses } from '../lease.ts';
import type { HostFacts } from './protocol.ts';
import { serveAgent, type HostAnswers } from './serve.ts';

/** How long after the end of its input it looks for containers, and how often. */
const RELEASE = { pollMs: 200, quietMs: 4_000, mostMs: 120_000 };

/** Describes the host this process runs on. */
function createAnswers(env: NodeJS.ProcessEnv): HostAnswers {
  const [uid, gid] = [process.getuid?.(), process.getgid?.()];
  const host = createEndpointHost({ env, home: homedir(), uid, gid, exec: createExec(env) });
  const onPath = (name: string) =>
    (env['PATH'] ?? '').split(delimiter).some((folder) => folder !== '' && existsSync(join(folder, name)));
  return {
    facts: (): HostFacts => ({
      uid,
      gid,
      driver: readDriver(env['AIM_SYSFS_ROOT'] || '/sys'),
      cacheDir: host.cacheDir,
      engines: findEndpoints({ host: undefined, env, home: homedir(), uid }),
      has: {
        docker: onPath('docker'),
        amdSmi: onPath('amd-smi'),
        kfd: isDevice(join(env['AIM_DEV_ROOT'] || '/dev', 'kfd')),
      },
    }),
    hardware: () => host.detectHardware(),
    access: ({ gpus }) => host.settings.findAccess(gpus),
    folder: async ({ path }) => {
      await host.settings.ensureFolder(path);
      return null;
    },
  };
}

function isDevice(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isCharacterDevice() === true;
}

function readDriver(sysfsRoot: string): string | undefined {
  try {
    return readFileSync(join(sysfsRoot, 'module/amdgpu/version'), 'utf8').trim();
  } catch {
    return undefined; // the driver of the kernel itself has no version of its own
  }
}

const ended = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => ended.abort());
// Whoever asked may be gone before the containers are.
process.stdout.on('error', () => undefined);
await serveAgent({
  input: process.stdin,
  write: (line) => void process.stdout.write(line),
  // eslint-disable-next-line no-restricted-properties -- this is the root of a program of its own
  answers: createAnswers(process.env),
  connect: (endpoint) => connectContainers([endpoint]),
  view: () => viewProcesses('/proc'),
  pid: process.pid,
  release: RELEASE,
  signal: ended.signal,
});
process.exit(0);
