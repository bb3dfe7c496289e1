import type { Exec } from '../system/exec.ts';
import { findDevice, findModelInName, normalizeHexId } from './devices.ts';
import { asObject, extractJson, parseBytes, parseReading, parseWord, selectGpuRecords } from './parse.ts';
import type { JsonObject } from './parse.ts';
import { countPartitions, partitionsOfMode } from './partitions.ts';
import type { Gpu } from './types.ts';

const MIB = 1024 * 1024;
const TIMEOUT_MS = 15_000;

/** Standard output of the three commands; an empty text where a command gave none. */
export interface AmdSmiOutput {
  readonly list: string;
  readonly static: string;
  readonly metric: string;
}

const SECTIONS = ['--asic', '--bus', '--vram'];
// Newer versions moved --partition out of static and refuse it, with an error object and exit status 0.
const STATIC_ATTEMPTS: readonly (readonly string[])[] = [['--partition', ...SECTIONS], SECTIONS, []];

/** Asks amd-smi; undefined when it is not installed or reports no GPU. */
export function probeAmdSmi(exec: Exec): readonly Gpu[] | undefined {
  const list = run(exec, 'list');
  if (list === '') return undefined;
  const facts = STATIC_ATTEMPTS.reduce((found, sections) => found || run(exec, 'static', ...sections), '');
  const metric = run(exec, 'metric', '--usage', '--mem-usage');
  return parseAmdSmi({ list, static: facts, metric });
}

// Output of a sub-command, empty when it tells nothing about a GPU.
function run(exec: Exec, ...args: readonly string[]): string {
  const text = exec('amd-smi', [...args, '--json'], { timeoutMs: TIMEOUT_MS })?.stdout ?? '';
  return selectGpuRecords(extractJson(text)).length > 0 ? text : '';
}

/** Joins the JSON of `amd-smi list`, `static` and `metric` of any version by GPU number. */
export function parseAmdSmi(output: AmdSmiOutput): readonly Gpu[] {
  const list = indexRecords(output.list);
  const facts = indexRecords(output.static);
  const metrics = indexRecords(output.metric);
  const numbers = [...new Set([...list.keys(), ...facts.keys(), ...metrics.keys()])].sort((a, b) => a - b);
  const empty: JsonObject = {};
  const records = numbers.map((number) =>
    readRecord(list.get(number) ?? empty, facts.get(number) ?? empty, metrics.get(number) ?? empty),
  );
  const partitions = countPartitions(
    records.map(({ gpu }, at) => ({ card: gpu.bdf?.replace(/\.\d$/, '') ?? String(at), deviceId: gpu.deviceId })),
  );
  return records.map(({ gpu, tableBytes }) =>
    sharePartitionMemory(gpu, {
      tableBytes,
      partitions: partitionsOfMode(gpu.computePartition) ?? partitions.get(gpu.deviceId) ?? 1,
    }),
  );
}

function indexRecords(text: string): ReadonlyMap<number, JsonObject> {
  const records = new Map<number, JsonObject>();
  for (const record of selectGpuRecords(extractJson(text))) {
    const number = parseReading(record['gpu'])?.value;
    if (number !== undefined) records.set(number, record);
  }
  return records;
}

interface AmdSmiRecord {
  readonly gpu: Gpu;
  /** VRAM of the whole card by the device table. */
  readonly tableBytes: number | undefined;
}

function readRecord(list: JsonObject, facts: JsonObject, metric: JsonObject): AmdSmiRecord {
  const asic = asObject(facts['asic']) ?? {};
  const partition = asObject(facts['partition']) ?? {};
  const memory = asObject(metric['mem_usage']) ?? {};
  const deviceId = normalizeHexId(parseWord(asic['device_id']) ?? '');
  const device = findDevice(deviceId, parseWord(asic['rev_id']));
  const mode = parseWord(partition['accelerator_partition']) ?? parseWord(partition['compute_partition']);
  const gpu: Gpu = {
    model: device?.model ?? findModelInName(parseWord(asic['market_name']) ?? ''),
    deviceId,
    gfx: parseWord(asic['target_graphics_version']) ?? device?.gfx,
    bdf: (parseWord(asObject(facts['bus'])?.['bdf']) ?? parseWord(list['bdf']))?.toLowerCase(),
    renderMinor: undefined,
    vramTotalBytes: parseBytes(memory['total_vram']) ?? parseBytes(asObject(facts['vram'])?.['size']),
    vramUsedBytes: parseBytes(memory['used_vram']),
    busyPercent: parseReading(asObject(metric['usage'])?.['gfx_activity'])?.value,
    computePartition: mode?.toUpperCase(),
    memoryPartition: parseWord(partition['memory_partition'])?.toUpperCase(),
  };
  return { gpu, tableBytes: device?.vramMib === undefined ? undefined : device.vramMib * MIB };
}

interface PartitionShare {
  readonly partitions: number;
  readonly tableBytes: number | undefined;
}

// Some versions show the card's memory for each of its partitions, others the partition's own. What is used is known
// for the card only, and shown with its first partition.
function sharePartitionMemory(gpu: Gpu, { partitions, tableBytes }: PartitionShare): Gpu {
  if (partitions === 1) return gpu;
  const shown = gpu.vramTotalBytes ?? tableBytes;
  const isCards = shown !== undefined && tableBytes !== undefined && shown > tableBytes * 0.75;
  const vramTotalBytes = isCards ? Math.floor(shown / partitions) : shown;
  return { ...gpu, vramTotalBytes, vramUsedBytes: undefined, busyPercent: undefined };
}
