import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Host } from '../scripts/host.ts';
import { runQuietly } from './command.ts';
import { DEBIAN_IMAGE, ensureDebianImage, imageExists } from './debian-image.ts';
import { computeContentHash, loadSimulator, writeFiles, type PackageFile } from './simulator.ts';
import { say } from './steps.ts';

const SIMULATOR_FOLDER = '/opt/engine-simulator';
const CHANGES = [
  `ENV PYTHONPATH=${SIMULATOR_FOLDER}`,
  'ENV PYTHONDONTWRITEBYTECODE=1',
  'LABEL org.opencontainers.image.title="AIM demo upstream: engine simulator, no GPU code"',
];

/**
 * Makes the image that stands in for the upstream engine image: Debian, Python and the engine simulator as
 * the package `vllm`. Reused as long as neither the recipe nor the simulator changes.
 * @returns its reference.
 */
export async function ensureUpstreamImage(host: Host, simulatorRoot: string): Promise<string> {
  const files = loadSimulator(simulatorRoot);
  const reference = `aim-demo-upstream:${computeContentHash([DEBIAN_IMAGE, ...CHANGES].join('\n'), files)}`;
  if (await imageExists(reference)) {
    say(`${reference} is there already`);
    return reference;
  }
  await ensureDebianImage(host);
  await addSimulator(reference, files);
  say(`Made ${reference}. It is kept for the next run; make clean removes it.`);
  return reference;
}

// A container that never runs takes the files in: this needs no builder and no network.
async function addSimulator(reference: string, files: readonly PackageFile[]): Promise<void> {
  const stage = mkdtempSync(join(tmpdir(), 'aim-demo-simulator-'));
  const container = (await runQuietly('docker', ['create', DEBIAN_IMAGE, '/bin/true'])).trim();
  try {
    const folder = join(stage, SIMULATOR_FOLDER);
    writeFiles(folder, files);
    await runQuietly('docker', ['cp', `${stage}/opt/.`, `${container}:/opt`]);
    const changes = CHANGES.flatMap((change) => ['--change', change]);
    await runQuietly('docker', ['commit', ...changes, container, reference]);
  } finally {
    await runQuietly('docker', ['rm', '--force', container]);
    rmSync(stage, { recursive: true, force: true });
  }
}
