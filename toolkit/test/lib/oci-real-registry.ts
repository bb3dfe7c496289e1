import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { readHost } from '../../../scripts/host.ts';
import { ensurePrograms, REGISTRY_NEEDS } from '../../../scripts/packages.ts';

/** A registry on this machine that lives as long as a test. */
export interface RunningRegistry {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  readonly stop: () => Promise<void>;
}

const START_LIMIT_MS = 30_000;

/**
 * Whether Debian's docker-registry can be used here. Where it has to be, it is installed when it is missing,
 * and what prevents that fails the test.
 */
export async function findRegistryProgram(): Promise<boolean> {
  const required = process.env['CI'] === 'true' || process.env['REQUIRE_DOCKER'] === '1';
  try {
    await ensurePrograms(REGISTRY_NEEDS, readHost(process.env), (line) => process.stderr.write(`${line}\n`));
    return true;
  } catch (error) {
    if (required) throw error;
    return false;
  }
}

export interface RealRegistryOptions {
  /** Value of `auth` in the registry's configuration, as JSON has it. */
  readonly auth?: object;
}

/** Starts Debian's docker-registry on a free port with an empty store that allows deletion. */
export async function startRealRegistry({ auth = {} }: RealRegistryOptions = {}): Promise<RunningRegistry> {
  const folder = mkdtempSync(join(tmpdir(), 'aimctl-registry-'));
  const host = `127.0.0.1:${await findFreePort()}`;
  const config = join(folder, 'config.yml');
  const settings = { store: join(folder, 'store'), host, auth };
  writeFileSync(config, renderConfig(settings));
  const child = spawn('docker-registry', ['serve', config], { stdio: ['ignore', 'ignore', 'pipe'] });
  const log = text(child.stderr);
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const stop = async () => {
    child.kill();
    await ended;
    rmSync(folder, { recursive: true });
  };
  const deadlineMs = performance.now() + START_LIMIT_MS;
  while (!(await answers(host))) {
    if (child.exitCode === null && performance.now() < deadlineMs) await sleep(50);
    else {
      await stop();
      throw new Error(`docker-registry did not start: ${await log}`);
    }
  }
  return { host, stop };
}

function renderConfig({ store, host, auth }: { store: string; host: string; auth: object }): string {
  return `version: 0.1
log: { level: error, accesslog: { disabled: true } }
storage: { filesystem: { rootdirectory: ${store} }, delete: { enabled: true }, maintenance: { uploadpurging: { enabled: false } } }
http: { addr: '${host}', secret: only-for-tests }
auth: ${JSON.stringify(auth)}
`;
}

async function answers(host: string): Promise<boolean> {
  try {
    return (await fetch(`http://${host}/v2/`)).status > 0;
  } catch {
    return false;
  }
}

async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
