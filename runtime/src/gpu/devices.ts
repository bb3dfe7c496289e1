import { nearest } from '../system/nearest.ts';

/** What a PCI device id says about a GPU. VRAM is what one unpartitioned logical GPU shows; measured values win. */
export interface Device {
  /** Model as profiles name it: `MI300X`. Virtual functions and OEM variants carry the name of their base model. */
  readonly model: string;
  readonly gfx: string;
  /** Undefined for an APU, whose share of the memory is a setting of the host. */
  readonly vramMib: number | undefined;
}

interface DeviceRow extends Device {
  readonly ids: readonly string[];
  /** VRAM of board variants that differ only in their PCI revision (two lower-case hex digits). */
  readonly vramMibByRevision?: Readonly<Record<string, number>>;
}

// Ids: amdgpu.ids of libdrm, the PCI id database and recorded output. Instinct cards show 16 MiB less than their
// nominal size; an MI250X is two devices of half its memory.
const ROWS: readonly DeviceRow[] = [
  { model: 'MI25', gfx: 'gfx900', vramMib: 16368, ids: ['6860'] },
  { model: 'MI50', gfx: 'gfx906', vramMib: 32752, ids: ['66a1'] },
  { model: 'MI100', gfx: 'gfx908', vramMib: 32752, ids: ['738c', '738e'] },
  { model: 'MI250X', gfx: 'gfx90a', vramMib: 65520, ids: ['7408', '740c'] },
  { model: 'MI210', gfx: 'gfx90a', vramMib: 65520, ids: ['740f', '7410'] },
  { model: 'MI300A', gfx: 'gfx942', vramMib: 131072, ids: ['74a0'] },
  { model: 'MI300X', gfx: 'gfx942', vramMib: 196592, ids: ['74a1', '74a9', '74b5', '74bd'] },
  { model: 'MI308X', gfx: 'gfx942', vramMib: 196592, ids: ['74a2', '74a8', '74b6', '74bc'] },
  { model: 'MI325X', gfx: 'gfx942', vramMib: 262128, ids: ['74a5', '74b9'] },
  { model: 'MI350X', gfx: 'gfx950', vramMib: 294896, ids: ['75a0', '75b0'] },
  { model: 'MI355X', gfx: 'gfx950', vramMib: 294896, ids: ['75a3', '75b3'] },
  { model: 'V620', gfx: 'gfx1030', vramMib: 32752, ids: ['73a1', '73ae'] },
  { model: 'V710', gfx: 'gfx1101', vramMib: 28656, ids: ['7460', '7461'] },
  { model: 'W6800', gfx: 'gfx1030', vramMib: 32752, ids: ['73a3'] },
  { model: 'W6800X', gfx: 'gfx1030', vramMib: 32752, ids: ['73ab'] },
  { model: 'W6900X', gfx: 'gfx1030', vramMib: 32752, ids: ['73a2'] },
  { model: 'W7500', gfx: 'gfx1102', vramMib: 8176, ids: ['7489'] },
  { model: 'W7700', gfx: 'gfx1101', vramMib: 16368, ids: ['7470'] },
  { model: 'W7800', gfx: 'gfx1100', vramMib: 32752, ids: ['745e'] },
  { model: 'W7800', gfx: 'gfx1100', vramMib: 49136, ids: ['7449'] },
  { model: 'W7900', gfx: 'gfx1100', vramMib: 49136, ids: ['7448', '744a', '744b'] },
  { model: 'R9700', gfx: 'gfx1201', vramMib: 32624, ids: ['7551'] },
  { model: 'RX6600', gfx: 'gfx1032', vramMib: 8176, ids: ['73ff'] },
  { model: 'RX6700', gfx: 'gfx1031', vramMib: 12272, ids: ['73df'] },
  { model: 'RX6800', gfx: 'gfx1030', vramMib: 16368, ids: ['73bf'] },
  { model: 'RX6900', gfx: 'gfx1030', vramMib: 16368, ids: ['73af'] },
  { model: 'RX6950', gfx: 'gfx1030', vramMib: 16368, ids: ['73a5'] },
  { model: 'RX7600', gfx: 'gfx1102', vramMib: 8176, ids: ['7480'], vramMibByRevision: { c0: 16368 } },
  {
    model: 'RX7800',
    gfx: 'gfx1101',
    vramMib: 16368,
    ids: ['747e'],
    vramMibByRevision: { c8: 16368, d8: 12272, ff: 12272 },
  },
  {
    model: 'RX7900',
    gfx: 'gfx1100',
    vramMib: 24560,
    ids: ['744c'],
    vramMibByRevision: { c8: 24560, cc: 20464, ce: 16368, cf: 16368 },
  },
  { model: 'RX9060', gfx: 'gfx1200', vramMib: 16304, ids: ['7590'] },
  { model: 'RX9070', gfx: 'gfx1201', vramMib: 16304, ids: ['7550'], vramMibByRevision: { c2: 12208 } },
  { model: 'Radeon8060S', gfx: 'gfx1151', vramMib: undefined, ids: ['1586'] },
];

const BY_ID: ReadonlyMap<string, DeviceRow> = new Map(ROWS.flatMap((row) => row.ids.map((id) => [id, row] as const)));

/** Every model name of the table, sorted. */
export const GPU_MODELS: readonly string[] = [...new Set(ROWS.map((row) => row.model))].sort();

/** Every PCI device id of the table, sorted. */
export const DEVICE_IDS: readonly string[] = [...BY_ID.keys()].sort();

/**
 * A hexadecimal id as tools write it (`0x74A1`, `74a1`, `0x1`, even `-0x7fe3` with a lost sign) as `digits` lower-case
 * hex digits, or undefined when it is none.
 */
export function normalizeHexId(text: string, digits = 4): string | undefined {
  const match = /^(-?)(?:0x)?([0-9a-f]{1,8})$/i.exec(text.trim());
  if (!match?.[2]) return undefined;
  const value = parseInt(match[2], 16);
  const limit = 16 ** digits;
  if (value >= limit) return undefined;
  return (match[1] ? (limit - value) % limit : value).toString(16).padStart(digits, '0');
}

/** Looks a PCI device id up, with or without `0x`. `revision` (`0xcc`) decides between boards of different VRAM. */
export function findDevice(deviceId: string | undefined, revision?: string): Device | undefined {
  const id = deviceId === undefined ? undefined : normalizeHexId(deviceId);
  const row = id === undefined ? undefined : BY_ID.get(id);
  if (!row) return undefined;
  const rev = revision === undefined ? undefined : normalizeHexId(revision, 2);
  const vramMib = (rev === undefined ? undefined : row.vramMibByRevision?.[rev]) ?? row.vramMib;
  return { model: row.model, gfx: row.gfx, vramMib };
}

/** Memory of one unpartitioned GPU of a model in bytes; undefined for unknown models, for APUs and where boards differ. */
export function findModelVram(model: string): number | undefined {
  const sizes = new Set(ROWS.filter((row) => row.model === model).map(({ vramMib }) => vramMib));
  const [vramMib] = sizes;
  return sizes.size === 1 && vramMib !== undefined ? vramMib * 1024 ** 2 : undefined;
}

/** Instruction set of a model of GPU, for example `gfx942`; undefined for unknown models. */
export function findModelGfx(model: string): string | undefined {
  return ROWS.find((row) => row.model === model)?.gfx;
}

/** True when {@link findDevice} gives different answers for different PCI revisions of this device. */
export function dependsOnRevision(deviceId: string): boolean {
  return BY_ID.get(deviceId)?.vramMibByRevision !== undefined;
}

/** The model a product name such as `AMD Instinct MI300X OAM` or `Radeon RX 7900 XT` speaks of. */
export function findModelInName(name: string): string | undefined {
  const words = name
    .toUpperCase()
    .replace(/\bRX (?=\d)/g, 'RX')
    .split(/[^A-Z0-9]+/);
  return GPU_MODELS.find((model) => words.includes(model.toUpperCase()));
}

/** The known model a misspelled one most likely means (`MI-300X`, `mi30x`), for error messages. */
export function nearestGpuModel(text: string): string | undefined {
  return nearest(text.replaceAll(/[\s_-]/g, ''), GPU_MODELS);
}
