import { $ } from 'zx';
import { AimError } from '../runtime/src/system/errors.ts';
import type { Host } from './host.ts';

/** A program and the Debian packages that bring it. */
export interface Need {
  readonly program: string;
  readonly packages: readonly string[];
}

export const DOCKER_NEEDS: readonly Need[] = [
  { program: 'dockerd', packages: ['docker.io', 'iptables', 'ca-certificates'] },
  { program: 'docker', packages: ['docker.io'] },
];
export const DEBOOTSTRAP_NEEDS: readonly Need[] = [
  { program: 'debootstrap', packages: ['debootstrap', 'debian-archive-keyring'] },
];
export const REGISTRY_NEEDS: readonly Need[] = [{ program: 'docker-registry', packages: ['docker-registry'] }];
export const PYTHON_NEEDS: readonly Need[] = [{ program: 'python3', packages: ['python3'] }];

/** Debian packages for the programs that are not there, each once. */
export function selectPackages(needs: readonly Need[], has: (program: string) => boolean): string[] {
  return [...new Set(needs.filter(({ program }) => !has(program)).flatMap(({ packages }) => packages))];
}

/**
 * Installs what is missing with apt-get, as root on Debian. Elsewhere AimError `setup` names the packages.
 * @returns the packages that were installed.
 */
export async function ensurePrograms(
  needs: readonly Need[],
  host: Host,
  say: (line: string) => void,
): Promise<readonly string[]> {
  const packages = selectPackages(needs, host.has);
  if (packages.length === 0) return packages;
  if (!host.isDebian || !host.isRoot) throw cannotInstall(needs, host);
  say(`Installing Debian packages: ${packages.join(' ')}`);
  await install(packages);
  // Debian 13 moved the docker program into a package of its own.
  if (needs.some(({ program }) => program === 'docker') && !host.has('docker')) await install(['docker-cli']);
  return packages;
}

function cannotInstall(needs: readonly Need[], host: Host): AimError {
  const missing = needs.filter(({ program }) => !host.has(program)).map(({ program }) => program);
  const packages = selectPackages(needs, host.has).join(' ');
  return new AimError('setup', {
    message: `${missing.join(', ')}: not on PATH`,
    hint: host.isDebian
      ? `Run this as root, or install them: sudo apt-get install ${packages}`
      : `Install them with this system's package manager (Debian calls the packages ${packages}).`,
  });
}

async function install(packages: readonly string[]): Promise<void> {
  const apt = $({ quiet: true, nothrow: true, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
  // A broken third-party source fails the update, yet the packages may still be found: the install decides.
  const update = await apt`apt-get update -q`;
  const installed = await apt`apt-get install -q -y --no-install-recommends ${packages}`;
  if (installed.exitCode === 0) return;
  throw new AimError('setup', {
    message: `apt-get could not install ${packages.join(' ')} (exit status ${installed.exitCode ?? 'none'})`,
    hint: 'Check the sources in /etc/apt and the network, then try again.',
    details: `${update.exitCode === 0 ? '' : update.stderr}${installed.stdout}${installed.stderr}`.trim().split('\n'),
  });
}
