import { join } from 'node:path';
import { checkDeviceAccess, loadOwningGroup } from './access.ts';
import type { CheckAccess } from './access.ts';
import { loadCardFinder, loadCardReadings, loadPciGpus } from './cards.ts';
import type { CardReadings, FindCard } from './cards.ts';
import { dependsOnRevision, findDevice, normalizeHexId } from './devices.ts';
import { explainAccess, explainDeniedKfd, explainMissingDriver, explainMissingKfd } from './diagnose.ts';
import { computeMode, countPartitions, partitionsOfMode } from './partitions.ts';
import { loadNames, loadOptional, loadText } from './sysfs-read.ts';
import { compareByBus, parseGpuBankBytes, parseKfdNode, renderBdf } from './topology.ts';
import type { KfdNode } from './topology.ts';
import type { Gpu } from './types.ts';
import { selectVisible } from './visible.ts';

const MIB = 1024 * 1024;
const MAX_BANKS = 16;

export interface SysfsOptions {
  /** Usually `/sys`. */
  readonly sysfsRoot: string;
  /** Usually `/dev`. */
  readonly devRoot: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly checkAccess?: CheckAccess;
}

/** What a probe found; a probe that cannot tell gives undefined instead. */
export interface Detection {
  readonly gpus: readonly Gpu[];
  readonly inRuntimeOrder: readonly Gpu[];
  readonly warnings: readonly string[];
}

/**
 * Reads the kernel's compute topology and the card folders. A GPU counts when `/dev/kfd` and its render node can be
 * opened: in a container sysfs still shows every GPU of the host. Undefined when the kernel shows no GPU node.
 */
export function probeSysfs(options: SysfsOptions): Detection | undefined {
  const { nodes, forbidden } = loadTopology(options.sysfsRoot);
  const total = nodes.length + forbidden;
  if (total === 0) return undefined;
  const checkAccess = options.checkAccess ?? checkDeviceAccess;
  const kfdPath = join(options.devRoot, 'kfd');
  const kfd = checkAccess(kfdPath);
  if (kfd === 'missing') return nothingUsable(explainMissingKfd(total));
  if (kfd === 'denied') return nothingUsable(explainDeniedKfd(total, loadOwningGroup(kfdPath)));

  const usable: KfdNode[] = [];
  const denied: string[] = [];
  for (const node of nodes) {
    const path = join(options.devRoot, `dri/renderD${node.renderMinor ?? 'none'}`);
    const access = checkAccess(path);
    if (access === 'ok') usable.push(node);
    if (access === 'denied') denied.push(path);
  }
  const deniedGroups = [...new Set(denied.map(loadOwningGroup))].filter((gid) => gid !== undefined);
  const visible = selectVisible(usable, options.env);
  return {
    ...loadGpus(options.sysfsRoot, nodes, visible.gpus),
    warnings: [...explainAccess({ total, usable: usable.length, denied, deniedGroups }), ...visible.warnings],
  };
}

function nothingUsable(warning: string): Detection {
  return { gpus: [], inRuntimeOrder: [], warnings: [warning] };
}

/** Says why there is no compute topology although GPUs are on the bus; undefined when there are none. */
export function diagnoseDriver(sysfsRoot: string): string | undefined {
  const ids = loadPciGpus(sysfsRoot);
  if (ids.length === 0) return undefined;
  return explainMissingDriver(ids, loadNames(sysfsRoot, 'module/amdgpu').length > 0);
}

interface Topology {
  /** GPU nodes in the order of their numbers, in which the ROCm runtime counts them. */
  readonly nodes: readonly KfdNode[];
  /** Nodes whose properties the kernel hides because the container's device rules exclude their GPU. */
  readonly forbidden: number;
}

function loadTopology(sysfsRoot: string): Topology {
  const root = join(sysfsRoot, 'class/kfd/kfd/topology/nodes');
  const numbers = loadNames(root).filter((name) => /^\d+$/.test(name));
  const nodes: KfdNode[] = [];
  let forbidden = 0;
  for (const number of numbers.map(Number).sort((a, b) => a - b)) {
    const properties = loadText(root, String(number), 'properties');
    if ('code' in properties) {
      if (properties.code === 'EPERM' || properties.code === 'EACCES') forbidden += 1;
      continue;
    }
    const node = parseKfdNode(number, properties.text);
    if (node) nodes.push(node);
  }
  return { nodes, forbidden };
}

interface Card {
  readonly folder: string | undefined;
  readonly readings: CardReadings | undefined;
}

/** `wanted` are in the order of the runtime, which need not be that of the buses. */
function loadGpus(
  sysfsRoot: string,
  all: readonly KfdNode[],
  wanted: readonly KfdNode[],
): Pick<Detection, 'gpus' | 'inRuntimeOrder'> {
  const partitions = countPartitions(all.map((node) => ({ card: cardKey(node), deviceId: node.deviceId })));
  const cards = loadCards(loadCardFinder(sysfsRoot), all, wanted);
  const loaded = wanted.map((node) => {
    const card = cards.get(cardKey(node)) ?? { folder: undefined, readings: undefined };
    const count = partitionsOfMode(card.readings?.computePartition) ?? partitions.get(node.deviceId) ?? 1;
    return { node, gpu: loadGpu({ sysfsRoot, node, card, partitions: count }) };
  });
  const byBus = [...loaded].sort((a, b) => compareByBus(a.node, b.node));
  return { gpus: byBus.map(({ gpu }) => gpu), inRuntimeOrder: loaded.map(({ gpu }) => gpu) };
}

// A partition may have no folder of its own while another one of its card leads there, hence all nodes of the card.
function loadCards(findCard: FindCard, all: readonly KfdNode[], wanted: readonly KfdNode[]): ReadonlyMap<string, Card> {
  const keys = new Set(wanted.map(cardKey));
  const cards = new Map<string, Card>();
  for (const node of all) {
    const key = cardKey(node);
    if (!keys.has(key) || cards.has(key)) continue;
    const folder = findCard(node);
    if (folder !== undefined) cards.set(key, { folder, readings: loadCardReadings(folder) });
  }
  return cards;
}

function cardKey(node: KfdNode): string {
  return `${node.domain}/${node.location >> 3}/${node.uniqueId ?? ''}`;
}

interface GpuParts {
  readonly sysfsRoot: string;
  readonly node: KfdNode;
  readonly card: Card;
  /** Logical GPUs of the card; 1 for a whole one. */
  readonly partitions: number;
}

function loadGpu({ sysfsRoot, node, card, partitions }: GpuParts): Gpu {
  const { folder, readings } = card;
  const deviceId = node.deviceId ?? loadDeviceId(folder);
  const revision =
    folder !== undefined && deviceId !== undefined && dependsOnRevision(deviceId)
      ? loadOptional(folder, 'revision')
      : undefined;
  const device = deviceId === undefined ? undefined : findDevice(deviceId, revision);
  const whole = partitions === 1;
  const cardBytes = readings?.vramTotalBytes ?? (device?.vramMib === undefined ? undefined : device.vramMib * MIB);
  return {
    model: device?.model,
    deviceId,
    gfx: node.gfx ?? device?.gfx,
    bdf: renderBdf(node.domain, node.location),
    renderMinor: node.renderMinor,
    vramTotalBytes: loadOwnBytes(sysfsRoot, node) ?? (cardBytes && Math.floor(cardBytes / partitions)),
    // The driver counts use and activity for the card, not for a partition.
    vramUsedBytes: whole ? readings?.vramUsedBytes : undefined,
    busyPercent: whole ? readings?.busyPercent : undefined,
    computePartition: readings?.computePartition ?? computeMode(partitions, node.xccCount),
    memoryPartition: readings?.memoryPartition,
  };
}

function loadOwnBytes(sysfsRoot: string, node: KfdNode): number | undefined {
  const banks = join(sysfsRoot, `class/kfd/kfd/topology/nodes/${node.node}/mem_banks`);
  let bytes = 0;
  for (let bank = 0; bank < Math.min(node.memoryBankCount, MAX_BANKS); bank++) {
    bytes += parseGpuBankBytes(loadOptional(banks, String(bank), 'properties') ?? '');
  }
  return bytes || node.localMemoryBytes || undefined;
}

function loadDeviceId(folder: string | undefined): string | undefined {
  return folder === undefined ? undefined : normalizeHexId(loadOptional(folder, 'device') ?? '');
}
