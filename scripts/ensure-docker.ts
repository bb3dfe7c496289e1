import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { $ } from 'zx';
import { AimError } from '../runtime/src/system/errors.ts';
import { lacksCgroups, readMounts, startDockerd, type RunningDockerd } from './dockerd.ts';
import type { Host } from './host.ts';
import { DOCKER_NEEDS, ensurePrograms } from './packages.ts';

/** A Docker Engine that answers. */
export interface DockerEngine {
  readonly version: string;
  /** Set when it was started here and should be stopped by the one who asked for it. */
  readonly started?: RunningDockerd;
}

/**
 * Finds the Docker Engine of this machine, else, as root, installs and starts one.
 * Throws AimError `setup` or `docker` that says what to do.
 */
export async function ensureDocker(host: Host, say: (line: string) => void): Promise<DockerEngine> {
  const found = await probe();
  if (found.version !== undefined) return { version: found.version };
  if (process.env['DOCKER_HOST']) throw silentEngine(found.reason, process.env['DOCKER_HOST']);
  const installed = await ensurePrograms(DOCKER_NEEDS, host, say);
  if (installed.length > 0) {
    // Where services are managed, installing the package starts the engine.
    const service = await probeFor(5000);
    if (service !== undefined) return { version: service };
  }
  if (!host.isRoot) throw silentEngine(found.reason);
  await mountCgroups(say);
  const logFolder = mkdtempSync(join(tmpdir(), 'aim-dockerd-'));
  const logFile = join(logFolder, 'dockerd.log');
  say(`Starting a Docker Engine (log: ${logFile})`);
  const answers = async (): Promise<boolean> => (await probe()).version !== undefined;
  const options = { program: 'dockerd', args: [], runDir: '/var/run', logFile, answers, timeoutMs: 60_000, say };
  const dockerd = await startDockerd(options);
  const stop = async (): Promise<void> => {
    await dockerd.stop();
    rmSync(logFolder, { recursive: true, force: true });
  };
  return { version: (await probe()).version ?? 'unknown', started: { ...dockerd, stop } };
}

/** What came back from the engine: its version, or why it did not answer. */
export interface Answer {
  readonly version?: string;
  readonly reason: string;
}

/** Asks the Docker Engine of this machine or of DOCKER_HOST for its version. */
export async function probe(): Promise<Answer> {
  const asked = await $({
    quiet: true,
    nothrow: true,
    timeout: '10s',
  })`docker version --format ${'{{.Server.Version}}'}`;
  const version = asked.stdout.trim();
  return asked.exitCode === 0 && version !== '' ? { version, reason: '' } : { reason: asked.stderr.trim() };
}

async function probeFor(timeoutMs: number): Promise<string | undefined> {
  const deadline = Date.now() + timeoutMs;
  let version: string | undefined;
  while (version === undefined && Date.now() < deadline) {
    await sleep(500);
    ({ version } = await probe());
  }
  return version;
}

async function mountCgroups(say: (line: string) => void): Promise<void> {
  if (!lacksCgroups(readMounts())) return;
  say('No cgroup hierarchy is mounted: mounting one at /sys/fs/cgroup');
  // Without it dockerd ends with a message of its own, which is then reported.
  await $({ quiet: true, nothrow: true })`mount -t cgroup2 cgroup2 /sys/fs/cgroup`;
}

/** AimError `docker` for an engine that does not answer. */
function silentEngine(reason: string, dockerHost?: string): AimError {
  return new AimError('docker', {
    message: `No Docker Engine answers${dockerHost ? ` at DOCKER_HOST=${dockerHost}` : ''}: ${reason}`,
    hint: dockerHost
      ? 'Start that engine, or unset DOCKER_HOST to use the one of this machine.'
      : 'Start it (sudo systemctl start docker), add yourself to the group "docker", or run this as root.',
  });
}
