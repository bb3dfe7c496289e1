import { setTimeout as sleep } from 'node:timers/promises';
import { $, chalk } from 'zx';
import { AimError } from '../runtime/src/system/errors.ts';
import { runQuietly } from './command.ts';
import { say } from './steps.ts';

const CONTAINER_PORT = 8000;
const HOST_PORT = 18_000 + (process.pid % 10_000);
const READY_LIMIT_MS = 60_000;
const REACH_LIMIT_MS = 10_000;

/** What every container of the demo gets: no GPU is there, so it is named; nothing can be written, no privileges. */
export const CONTAINER_FLAGS: readonly string[] = [
  ...['--env', 'AIM_GPU_MODEL=MI300X', '--env', 'AIM_GPU_COUNT=1'],
  ...['--read-only', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'],
];

/** Ways to reach a container, the usual one first; nested machines lack some. */
const ROUTES: readonly { readonly what: string; readonly flags: readonly string[] }[] = [
  { what: "a published port or the container's own address", flags: ['--publish', `127.0.0.1::${CONTAINER_PORT}`] },
  { what: "the host's network", flags: ['--network', 'host', '--env', `AIM_PORT=${HOST_PORT}`] },
];

/** Starts the image in the background and waits until its engine answers. @returns the address that works. */
export async function serve(image: string, name: string): Promise<string> {
  let reason = '';
  for (const { what, flags } of ROUTES) {
    const args = ['run', '--detach', '--name', name, '--user', '65532:65532', ...CONTAINER_FLAGS, ...flags, image];
    say(chalk.dim(`$ docker ${args.join(' ')}`));
    const started = await $({ quiet: true, nothrow: true })`docker ${args}`;
    const url = started.exitCode === 0 ? await waitForHealth(name) : undefined;
    if (url !== undefined) return url;
    reason = started.exitCode === 0 ? await readLog(name) : started.stderr;
    say(`The container cannot be reached over ${what}.`);
    await removeContainer(name);
  }
  throw new AimError('step', {
    message: `${image} cannot be reached`,
    details: reason.trimEnd().split('\n').slice(-40),
  });
}

/** Ends a container the way `docker stop` and Kubernetes do. @returns its exit status and how long it took. */
export async function stopContainer(name: string): Promise<{ status: number; seconds: number }> {
  const started = performance.now();
  await runQuietly('docker', ['stop', '--time', '20', name]);
  const seconds = (performance.now() - started) / 1000;
  return { status: Number(await inspect(name, '{{.State.ExitCode}}')), seconds };
}

/** Removes a container, running or not, there or not. */
export async function removeContainer(name: string): Promise<void> {
  await $({ quiet: true, nothrow: true })`docker rm --force --volumes ${name}`;
}

/** What the container wrote so far. */
export async function readLog(name: string): Promise<string> {
  // One stream for both, so that the lines stay in their order.
  return (await $({ quiet: true, nothrow: true })`docker logs ${name} 2>&1`).stdout;
}

/** The first address that answers; undefined when the engine runs but no address reaches it. */
async function waitForHealth(name: string): Promise<string | undefined> {
  const addresses = await findAddresses(name);
  const deadline = Date.now() + READY_LIMIT_MS;
  let readySince: number | undefined;
  while (Date.now() < deadline) {
    for (const address of addresses) if (await isHealthy(address)) return address;
    if ((await inspect(name, '{{.State.Running}}')) !== 'true') {
      throw new AimError('step', {
        message: 'The container ended',
        details: (await readLog(name)).trimEnd().split('\n'),
      });
    }
    if (readySince === undefined && (await readLog(name)).includes('startup complete')) readySince = Date.now();
    if (readySince !== undefined && Date.now() - readySince > REACH_LIMIT_MS) return undefined;
    await sleep(250);
  }
  throw new AimError('step', {
    message: `The engine is not ready after ${READY_LIMIT_MS / 1000} s`,
    details: (await readLog(name)).trimEnd().split('\n').slice(-40),
  });
}

async function findAddresses(name: string): Promise<string[]> {
  if ((await inspect(name, '{{.HostConfig.NetworkMode}}')) === 'host') return [`http://127.0.0.1:${HOST_PORT}`];
  const published = await $({ quiet: true, nothrow: true })`docker port ${name} ${CONTAINER_PORT}/tcp`;
  const [first = ''] = published.stdout.trim().split('\n');
  const address = await inspect(name, '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}');
  const [own = ''] = address.split(' ');
  return [...(first ? [`http://${first}`] : []), ...(own ? [`http://${own}:${CONTAINER_PORT}`] : [])];
}

async function isHealthy(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/health`, { signal: AbortSignal.timeout(1500) })).ok;
  } catch {
    return false;
  }
}

async function inspect(name: string, format: string): Promise<string> {
  return (await runQuietly('docker', ['inspect', '--format', format, name])).trim();
}
