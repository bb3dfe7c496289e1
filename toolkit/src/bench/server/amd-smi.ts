import { asObject, extractJson, parseBytes, parseReading, selectGpuRecords, type JsonObject } from 'aim-runtime/gpu';
import type { GpuSample } from '../client-protocol.ts';

type Gpu = GpuSample['gpus'][number];

/**
 * Arguments of an amd-smi that writes a CSV row per GPU and second until it is ended: power, clocks, usage, memory,
 * energy. Run it with `PYTHONUNBUFFERED=1`, or the last rows are lost when it is killed.
 */
export const AMD_SMI_WATCH_ARGS = ['metric', '-p', '-c', '-u', '-m', '-E', '-w', '1', '--csv'] as const;

/** Reads one answer of `amd-smi metric`, JSON of any version or CSV; empty when it tells of no GPU. */
export function parseAmdSmi(text: string): readonly Gpu[] {
  const records = selectGpuRecords(extractJson(text));
  if (records.length > 0) return records.flatMap((record) => readRecord(record) ?? []);
  const reader = createAmdSmiReader();
  const samples = text.split('\n').map((line) => reader.push(line, 0));
  return [...samples, reader.end()].find((sample) => sample !== undefined)?.gpus ?? [];
}

/** Gathers the rows of a CSV watch into samples; times are when a sample's first row came. */
export interface AmdSmiReader {
  /** @returns the sample before, when this line begins the next one */
  push(line: string, atMs: number): GpuSample | undefined;
  /** What was gathered last. */
  end(): GpuSample | undefined;
}

/** A reader for lines of the CSV form: text before the heading is skipped, the heading may come again. */
export function createAmdSmiReader(): AmdSmiReader {
  let columns: readonly string[] | undefined;
  let gathered: Gpu[] = [];
  let startedMs = 0;
  const take = (): GpuSample | undefined => {
    const sample = gathered.length > 0 ? { atMs: startedMs, gpus: gathered } : undefined;
    gathered = [];
    return sample;
  };
  return {
    push: (line, atMs) => {
      const cells = line.trim().split(',');
      if (cells.includes('gpu')) {
        columns = cells;
        return undefined;
      }
      if (columns === undefined || cells.length !== columns.length) return undefined;
      const row = new Map(columns.map((column, at) => [column, cells[at] ?? '']));
      const gpu = readRow(row);
      if (gpu === undefined) return undefined;
      const before = gathered.some(({ index }) => index === gpu.index) ? take() : undefined;
      if (gathered.length === 0) startedMs = atMs;
      gathered.push(gpu);
      return before;
    },
    end: take,
  };
}

function readRow(row: ReadonlyMap<string, string>): Gpu | undefined {
  const number = (...names: readonly string[]) => firstNumber(names.map((name) => row.get(name)));
  const clocks = (kind: string) =>
    mean([...row].filter(([name]) => new RegExp(`^${kind}_\\d+_clk$`).test(name)).map(([, cell]) => cell));
  return makeGpu(number('gpu'), {
    powerWatt: number('socket_power', 'current_socket_power', 'average_socket_power'),
    gfxClockMhz: clocks('gfx'),
    memoryClockMhz: clocks('mem'),
    utilisation: share(number('gfx_activity')),
    vramUsedBytes: parseBytes(row.get('used_vram')),
    energyJoule: number('total_energy_consumption'),
  });
}

function readRecord(record: JsonObject): Gpu | undefined {
  const section = (name: string) => asObject(record[name]) ?? {};
  const power = section('power');
  const clocks = (kind: string) =>
    mean(
      Object.entries(section('clock'))
        .filter(([name]) => new RegExp(`^${kind}_\\d+$`).test(name))
        .map(([, clock]) => asObject(clock)?.['clk']),
    );
  return makeGpu(parseReading(record['gpu'])?.value, {
    powerWatt: firstNumber([power['socket_power'], power['current_socket_power'], power['average_socket_power']]),
    gfxClockMhz: clocks('gfx'),
    memoryClockMhz: clocks('mem'),
    utilisation: share(parseReading(section('usage')['gfx_activity'])?.value),
    vramUsedBytes: parseBytes(section('mem_usage')['used_vram']),
    energyJoule: parseReading(section('energy')['total_energy_consumption'])?.value,
  });
}

type Readings = { readonly [Name in keyof Omit<Gpu, 'index'>]-?: number | undefined };

function makeGpu(index: number | undefined, readings: Readings): Gpu | undefined {
  if (index === undefined) return undefined;
  const known = Object.entries(readings).filter(([, value]) => value !== undefined);
  return { index, ...Object.fromEntries(known) };
}

function firstNumber(raw: readonly unknown[]): number | undefined {
  return raw.map((each) => parseReading(each)?.value).find((value) => value !== undefined);
}

// The dies of one GPU have clocks of their own.
function mean(raw: readonly unknown[]): number | undefined {
  const values = raw.map((each) => parseReading(each)?.value).filter((value) => value !== undefined);
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function share(percent: number | undefined): number | undefined {
  return percent === undefined ? undefined : percent / 100;
}
