import { join } from 'node:path';
import { normalizeHexId } from './devices.ts';
import { loadNames, loadNumber, loadOptional } from './sysfs-read.ts';
import { renderBdf } from './topology.ts';
import type { KfdNode } from './topology.ts';

const AMD_VENDOR = '0x1002';

/** Readings of a card's device folder. Compute partitions have none of their own, only their card has. */
export interface CardReadings {
  readonly vramTotalBytes: number | undefined;
  readonly vramUsedBytes: number | undefined;
  readonly busyPercent: number | undefined;
  readonly computePartition: string | undefined;
  readonly memoryPartition: string | undefined;
}

/** Finds the device folder of a GPU node, by bus address and else by render node; undefined when there is none. */
export type FindCard = (node: KfdNode) => string | undefined;

/** Reads the folder names of the PCI bus once; DRM folders only when a node is not found there. */
export function loadCardFinder(sysfsRoot: string): FindCard {
  const pciRoot = join(sysfsRoot, 'bus/pci/devices');
  const onBus = new Set(loadNames(pciRoot));
  let byMinor: ReadonlyMap<number, string> | undefined;
  return (node) => {
    const exact = renderBdf(node.domain, node.location);
    // The function of a partition's address is no PCI function; a virtual function's is.
    if (onBus.has(exact) && ((node.location & 7) === 0 || isDevice(join(pciRoot, exact), node.deviceId))) {
      return join(pciRoot, exact);
    }
    const whole = renderBdf(node.domain, node.location & ~7);
    if (onBus.has(whole)) return join(pciRoot, whole);
    byMinor ??= loadDrmFolders(join(sysfsRoot, 'class/drm'));
    return node.renderMinor === undefined ? undefined : byMinor.get(node.renderMinor);
  };
}

/** Reads what the driver tells about a card; each reading may be missing or refused on its own. */
export function loadCardReadings(folder: string): CardReadings {
  return {
    vramTotalBytes: loadNumber(folder, 'mem_info_vram_total'),
    vramUsedBytes: loadNumber(folder, 'mem_info_vram_used'),
    busyPercent: loadNumber(folder, 'gpu_busy_percent'),
    computePartition: loadMode(folder, 'current_compute_partition'),
    memoryPartition: loadMode(folder, 'current_memory_partition'),
  };
}

function loadMode(folder: string, file: string): string | undefined {
  const text = loadOptional(folder, file)?.toUpperCase();
  return text !== undefined && /^(?:[SDTQC]PX|NPS\d)$/.test(text) ? text : undefined;
}

function isDevice(folder: string, deviceId: string | undefined): boolean {
  return deviceId !== undefined && normalizeHexId(loadOptional(folder, 'device') ?? '') === deviceId;
}

// Connectors (card0-HDMI-A-1) do not match; the board's management controller often is card0 and fails the vendor check.
function loadDrmFolders(drmRoot: string): ReadonlyMap<number, string> {
  const folders = new Map<number, string>();
  for (const name of loadNames(drmRoot)) {
    const match = /^(?:card|renderD)(\d+)$/.exec(name);
    if (!match) continue;
    const folder = join(drmRoot, name, 'device');
    if (loadOptional(folder, 'vendor') !== AMD_VENDOR) continue;
    if (name.startsWith('renderD')) folders.set(Number(match[1]), folder);
    for (const minor of loadNames(folder, 'drm')) {
      if (minor.startsWith('renderD')) folders.set(Number(minor.slice('renderD'.length)), folder);
    }
  }
  return folders;
}

/** PCI ids of the AMD GPUs on the bus (display and accelerator classes), driver or not. */
export function loadPciGpus(sysfsRoot: string): readonly string[] {
  const pciRoot = join(sysfsRoot, 'bus/pci/devices');
  const ids: string[] = [];
  for (const name of loadNames(pciRoot)) {
    if (loadOptional(pciRoot, name, 'vendor') !== AMD_VENDOR) continue;
    if (!/^0x(?:03|12)/.test(loadOptional(pciRoot, name, 'class') ?? '')) continue;
    ids.push(normalizeHexId(loadOptional(pciRoot, name, 'device') ?? '') ?? 'unknown');
  }
  return ids;
}
