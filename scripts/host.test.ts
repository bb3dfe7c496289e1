import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findProgram, isDebianLike, type Host } from './host.ts';
import { DOCKER_NEEDS, ensurePrograms, selectPackages } from './packages.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'aim-host-test-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('isDebianLike', () => {
  it('knows Debian and what descends from it', () => {
    expect(isDebianLike('PRETTY_NAME="Debian GNU/Linux 12"\nID=debian\n')).toBe(true);
    expect(isDebianLike('ID=linuxmint\nID_LIKE="ubuntu debian"\n')).toBe(true);
    expect(isDebianLike('ID="rhel"\nID_LIKE="fedora"\nVERSION_ID=9\n')).toBe(false);
    expect(isDebianLike('')).toBe(false);
  });
});

describe('findProgram', () => {
  it('finds what can be run, in the order of PATH', () => {
    writeFileSync(join(folder, 'tool'), '');
    expect(findProgram('tool', `/nowhere:${folder}`)).toBeUndefined();
    chmodSync(join(folder, 'tool'), 0o755);
    expect(findProgram('tool', `/nowhere::${folder}`)).toBe(join(folder, 'tool'));
  });
});

describe('packages', () => {
  it('are those of the missing programs, each once', () => {
    expect(selectPackages(DOCKER_NEEDS, () => false)).toEqual(['docker.io', 'iptables', 'ca-certificates']);
    expect(selectPackages(DOCKER_NEEDS, (program) => program === 'dockerd')).toEqual(['docker.io']);
    expect(selectPackages(DOCKER_NEEDS, () => true)).toEqual([]);
  });
  it('are named, not installed, where this user may not install them', async () => {
    const host = (isRoot: boolean, isDebian: boolean): Host => ({ isRoot, isDebian, has: () => false });
    for (const one of [host(false, true), host(true, false)]) {
      const installing = ensurePrograms(DOCKER_NEEDS, one, () => expect.unreachable('installs'));
      await expect(installing).rejects.toMatchObject({
        code: 'setup',
        hint: expect.stringContaining('docker.io') as string,
      });
    }
  });
});
