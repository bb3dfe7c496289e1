import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { HostGpu } from './gpus.ts';

/** What a container needs to use some GPUs of this host. */
export interface DeviceAccess {
  /** Device nodes to pass in. */
  readonly paths: readonly string[];
  /** Numeric groups that may open them. */
  readonly groups: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Device nodes of the chosen GPUs and the groups that own them. A GPU is given by its render node; where the driver
 * names none, all nodes are given and the ROCm runtime is told which to use. Plain files, as a simulated host has
 * them, are left out.
 */
export function findDeviceAccess(devRoot: string, gpus: readonly HostGpu[]): DeviceAccess {
  const minors = gpus.map(({ gpu }) => gpu.renderMinor);
  const known = minors.every((minor) => minor !== undefined);
  const folder = join(devRoot, 'dri');
  const nodes = known ? minors.map((minor) => join(folder, `renderD${minor}`)) : listNodes(folder);
  const found = [join(devRoot, 'kfd'), ...nodes].flatMap((path) => {
    const node = statSync(path, { throwIfNoEntry: false });
    return node?.isCharacterDevice() === true ? [{ path, group: String(node.gid) }] : [];
  });
  return {
    paths: found.map(({ path }) => path),
    groups: [...new Set(found.map(({ group }) => group))],
    env: known ? {} : { ROCR_VISIBLE_DEVICES: gpus.map(({ index }) => index).join(',') },
  };
}

function listNodes(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => /^(?:renderD|card)\d+$/.test(name))
      .map((name) => join(folder, name));
  } catch {
    return []; // no DRM driver is loaded
  }
}
