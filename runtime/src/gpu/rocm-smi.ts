import type { Exec } from '../system/exec.ts';
import { findDevice, findModelInName, normalizeHexId } from './devices.ts';
import { asObject, extractJson, parseBytes, parseReading, parseWord } from './parse.ts';
import type { Gpu } from './types.ts';

const TIMEOUT_MS = 15_000;
const ARGS = ['--showproductname', '--showid', '--showbus', '--showmeminfo', 'vram', '--showuse', '--json'];

/** Asks rocm-smi; undefined when it is not installed or reports no GPU (it exits with 0 either way). */
export function probeRocmSmi(exec: Exec): readonly Gpu[] | undefined {
  const result = exec('rocm-smi', ARGS, { timeoutMs: TIMEOUT_MS });
  const gpus = result ? parseRocmSmi(result.stdout) : [];
  return gpus.length > 0 ? gpus : undefined;
}

/** Parses rocm-smi's JSON: one object per `cardN` beside others such as `system`; all values are text. */
export function parseRocmSmi(text: string): readonly Gpu[] {
  const gpus: Gpu[] = [];
  for (const fields of selectCards(text)) {
    // Only the first partition of a card has ids; the others follow it.
    const previous = /^n\/a$/i.test(fields.get('device id') ?? '') ? gpus.at(-1) : undefined;
    gpus.push(readCard(fields, previous));
  }
  return gpus;
}

type Fields = ReadonlyMap<string, string>;

// Versions differ in the case of their keys.
function selectCards(text: string): readonly Fields[] {
  const document = asObject(extractJson(text)) ?? {};
  return Object.entries(document)
    .flatMap(([key, value]) => {
      const number = /^card(\d+)$/.exec(key)?.[1];
      const card = asObject(value);
      return number !== undefined && card ? [{ number: Number(number), card }] : [];
    })
    .sort((a, b) => a.number - b.number)
    .map(({ card }) => new Map(Object.entries(card).flatMap(([key, value]) => readField(key, value))));
}

/** Nothing for a value that is neither text nor number. */
function readField(key: string, value: unknown): [string, string][] {
  return typeof value === 'string' || typeof value === 'number' ? [[key.toLowerCase(), String(value)]] : [];
}

function readCard(fields: Fields, previous: Gpu | undefined): Gpu {
  const word = (key: string): string | undefined => parseWord(fields.get(key));
  const deviceId = readDeviceId(fields) ?? previous?.deviceId;
  const device = findDevice(deviceId, word('device rev'));
  const name = word('card series') ?? word('device name') ?? '';
  return {
    model: device?.model ?? findModelInName(name),
    deviceId,
    gfx: word('gfx version') ?? device?.gfx,
    bdf: word('pci bus')?.toLowerCase(),
    renderMinor: undefined,
    vramTotalBytes: parseBytes(fields.get('vram total memory (b)'), 'B'),
    vramUsedBytes: parseBytes(fields.get('vram total used memory (b)'), 'B'),
    busyPercent: parseReading(fields.get('gpu use (%)'))?.value,
    computePartition: undefined,
    memoryPartition: undefined,
  };
}

// "Card Model" is the device id in newer versions and the board's subsystem id in older ones, which show no "Device
// ID" without --showid; hence it counts only when the table knows it.
function readDeviceId(fields: Fields): string | undefined {
  const id = normalizeHexId(parseWord(fields.get('device id')) ?? '');
  const cardModel = normalizeHexId(parseWord(fields.get('card model')) ?? '');
  return id ?? (findDevice(cardModel) ? cardModel : undefined);
}
