import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { $ } from 'zx';
import { readIfThere, type Host } from '../scripts/host.ts';
import { DEBOOTSTRAP_NEEDS, ensurePrograms } from '../scripts/packages.ts';
import { computeContentHash } from './simulator.ts';
import { runQuietly } from './command.ts';
import { say } from './steps.ts';

/** Debian 12 with Python: the smallest public image that has the simulator's interpreter and the runtime's libraries. */
const PUBLIC_IMAGE = 'docker.io/library/python:3.12-slim-bookworm';
const PULL_LIMIT = '120s';
const SUITE = 'bookworm';
const DEFAULT_MIRROR = 'http://deb.debian.org/debian';
const PACKAGES = 'ca-certificates,python3';
/** Not needed to run anything, a third of the size. */
const LEFT_OUT = [
  'dev/*',
  'proc/*',
  'sys/*',
  'var/cache/apt/*',
  'var/lib/apt/lists/*',
  'usr/share/doc/*',
  'usr/share/man/*',
  'usr/share/locale/*',
];

/** Image a demo base is made from; the name changes with the recipe. */
export const DEBIAN_IMAGE = `aim-demo-debian:${SUITE}-${computeContentHash([PUBLIC_IMAGE, SUITE, PACKAGES, ...LEFT_OUT].join('\n'), [])}`;

/**
 * Makes {@link DEBIAN_IMAGE} unless it is there: pulled where a registry can be reached,
 * else installed from Debian packages, which takes a minute.
 */
export async function ensureDebianImage(host: Host): Promise<void> {
  if (await imageExists(DEBIAN_IMAGE)) return;
  if (await pull()) return;
  say('No registry can be reached: making the image from Debian packages (a minute or two, once)');
  await ensurePrograms(DEBOOTSTRAP_NEEDS, host, say);
  await bootstrap(selectMirror(readAptSources()));
}

/** True when the engine has this image. */
export async function imageExists(reference: string): Promise<boolean> {
  return (await $({ quiet: true, nothrow: true })`docker image inspect ${reference}`).exitCode === 0;
}

async function pull(): Promise<boolean> {
  say(`Pulling ${PUBLIC_IMAGE}`);
  const pulled = await $({ quiet: true, nothrow: true, timeout: PULL_LIMIT })`docker pull -q ${PUBLIC_IMAGE}`;
  if (pulled.exitCode !== 0) return false;
  await runQuietly('docker', ['tag', PUBLIC_IMAGE, DEBIAN_IMAGE]);
  return true;
}

async function bootstrap(mirror: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'aim-demo-root-'));
  try {
    say(`debootstrap ${SUITE} from ${mirror}`);
    await runQuietly('debootstrap', ['--variant=minbase', `--include=${PACKAGES}`, SUITE, folder, mirror]);
    const tar = ['-C', folder, '--numeric-owner', ...LEFT_OUT.map((path) => `--exclude=./${path}`), '-cf', '-', '.'];
    await $({ quiet: true })`tar ${tar} | docker import - ${DEBIAN_IMAGE}`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readAptSources(): string {
  return readIfThere('/etc/apt/sources.list.d/debian.sources') + readIfThere('/etc/apt/sources.list');
}

/** The Debian mirror this machine uses, so that a local one is used here too; else Debian's own. */
export function selectMirror(aptSources: string): string {
  const addresses = aptSources.matchAll(/^(?:URIs:|deb(?:\s+\[[^\]]*\])?)\s+(https?:\/\/\S+)/gm);
  const mirror = [...addresses].map((match) => match[1] ?? '').find((address) => /\/debian\/?$/.test(address));
  return mirror ?? DEFAULT_MIRROR;
}
