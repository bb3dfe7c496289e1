import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseAmdSmi, probeAmdSmi } from '../../src/gpu/amd-smi.ts';
import { busyWarnings } from '../../src/gpu/busy.ts';
import { extractJson } from '../../src/gpu/parse.ts';
import { parseRocmSmi, probeRocmSmi } from '../../src/gpu/rocm-smi.ts';
import type { Gpu } from '../../src/gpu/types.ts';
import type { Exec } from '../../src/system/exec.ts';
import { FIXTURES, readFixture } from './gpu-hosts.ts';

const MIB = 2 ** 20;

interface IndexEntry {
  readonly path: string;
  readonly command: string;
}

const { files } = JSON.parse(readFixture('index.json')) as { files: readonly IndexEntry[] };
const amdSmi = files.filter(({ path }) => path.startsWith('amd-smi/'));
const rocmSmi = files.filter(({ path }) => path.startsWith('rocm-smi/'));

/** Every JSON file of amd-smi with the number of GPUs it describes. */
const RECORDS: Readonly<Record<string, number>> = {
  'amd-smi/derived-rocm7/mi300x-8/list.json': 8,
  'amd-smi/derived-rocm7/mi300x-8/metric.json': 8,
  'amd-smi/derived-rocm7/mi300x-8/static.json': 8,
  'amd-smi/derived-rocm7/mi325x-8/list.json': 8,
  'amd-smi/derived-rocm7/mi325x-8/static.json': 8,
  'amd-smi/derived-rocm7/mi355x-8/list.json': 8,
  'amd-smi/derived-rocm7/mi355x-8/metric-short.json': 8,
  'amd-smi/derived-rocm7/mi355x-8/static.json': 8,
  'amd-smi/gen-rocm6.3/mi250x-8gcd/list.json': 8,
  'amd-smi/gen-rocm6.3/mi250x-8gcd/metric-short.json': 8,
  'amd-smi/gen-rocm6.3/mi250x-8gcd/static.json': 8,
  'amd-smi/gen-rocm6.3/mi300x-1/list.json': 1,
  'amd-smi/gen-rocm6.3/mi300x-1/metric.json': 1,
  'amd-smi/gen-rocm6.3/mi300x-1/static.json': 1,
  'amd-smi/gen-rocm6.3/mi300x-8-busy/list.json': 8,
  'amd-smi/gen-rocm6.3/mi300x-8-busy/metric.json': 8,
  'amd-smi/gen-rocm6.3/mi300x-8-busy/monitor.json': 8,
  'amd-smi/gen-rocm6.3/mi300x-8-cpx/list.json': 63,
  'amd-smi/gen-rocm6.3/mi300x-8-cpx/static-asic-partition-vram.json': 63,
  'amd-smi/gen-rocm6.3/mi300x-8/list.json': 8,
  'amd-smi/gen-rocm6.3/mi300x-8/metric.json': 8,
  'amd-smi/gen-rocm6.3/mi300x-8/monitor.json': 8,
  'amd-smi/gen-rocm6.3/mi300x-8/process.json': 8,
  'amd-smi/gen-rocm6.3/mi300x-8/static.json': 8,
  'amd-smi/gen-rocm6.3/mi300x-8/version.json': 0,
  'amd-smi/gen-rocm6.3/mi325x-8/list.json': 8,
  'amd-smi/gen-rocm6.3/mi325x-8/metric-short.json': 8,
  'amd-smi/gen-rocm6.3/mi325x-8/static.json': 8,
  'amd-smi/gen-rocm6.3/mi355x-8/list.json': 8,
  'amd-smi/gen-rocm6.3/mi355x-8/metric-short.json': 8,
  'amd-smi/gen-rocm6.3/mi355x-8/static.json': 8,
  'amd-smi/default-mi300a-4gpu-rocm7.14.json': 0,
  'amd-smi/errors/gen-unknown-argument.json': 0,
  'amd-smi/errors/gen-unknown-gpu.json': 0,
  'amd-smi/metric-mem-mi355x-minimal.json': 1,
  'amd-smi/metric-mi300x-1-rocm7.0.2.json': 1,
  'amd-smi/metric-power-rocm6.1.json': 1,
  'amd-smi/metric-rx7800xt-rocm7.json': 1,
  'amd-smi/metric-usage-mi300x-dpx-rocm7.0.2.json': 1,
  'amd-smi/metric-usage-w7700-array.json': 1,
  'amd-smi/metric-watch-columns-mi355x.json': 0,
  'amd-smi/static-clock-mi355x-array.json': 1,
  'amd-smi/static-mi210-rocm7.json': 1,
  'amd-smi/static-mi355x-minimal.json': 1,
  'amd-smi/static-rx7800xt-rocm7.json': 1,
  'amd-smi/topology-2gpu-rocm6.1.json': 2,
};

describe('the fixture index', () => {
  it('lists every file of the tool folders', () => {
    const listed = files.map(({ path }) => path).sort();
    const present = ['amd-smi', 'kfd', 'rocm-smi', 'rocminfo', 'sysfs'].flatMap((folder) =>
      readdirSync(`${FIXTURES}/${folder}`, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => `${entry.parentPath}/${entry.name}`.slice(FIXTURES.length + 1)),
    );
    expect(listed).toEqual(present.sort());
  });
});

const one = (list: string, facts: string, metric = ''): readonly Gpu[] =>
  parseAmdSmi({
    list: list === '' ? '' : readFixture(`amd-smi/${list}`),
    static: facts === '' ? '' : readFixture(`amd-smi/${facts}`),
    metric: metric === '' ? '' : readFixture(`amd-smi/${metric}`),
  });
const folder = (path: string, metric = ''): readonly Gpu[] =>
  one(`${path}/list.json`, `${path}/static.json`, metric === '' ? '' : `${path}/${metric}`);

describe('amd-smi output', () => {
  it.each(amdSmi.filter(({ path }) => path.endsWith('.txt') || path.endsWith('.csv')).map(({ path }) => path))(
    '%s holds no JSON',
    (path) => {
      expect(extractJson(readFixture(path))).toBeUndefined();
    },
  );

  it.each(amdSmi.filter(({ path }) => path.endsWith('.json')).map(({ path }) => path))(
    '%s describes the expected number of GPUs',
    (path) => {
      expect(parseAmdSmi({ list: readFixture(path), static: '', metric: '' })).toHaveLength(RECORDS[path]!);
    },
  );

  it.each([
    {
      path: 'gen-rocm6.3/mi300x-8',
      metric: 'metric.json',
      model: 'MI300X',
      count: 8,
      vramMib: 196592,
      partition: 'SPX',
    },
    {
      path: 'derived-rocm7/mi300x-8',
      metric: 'metric.json',
      model: 'MI300X',
      count: 8,
      vramMib: 196592,
      partition: undefined,
    },
    {
      path: 'gen-rocm6.3/mi300x-1',
      metric: 'metric.json',
      model: 'MI300X',
      count: 1,
      vramMib: 196592,
      partition: 'SPX',
    },
    {
      path: 'gen-rocm6.3/mi250x-8gcd',
      metric: 'metric-short.json',
      model: 'MI250X',
      count: 8,
      vramMib: 65520,
      partition: undefined,
    },
    {
      path: 'gen-rocm6.3/mi325x-8',
      metric: 'metric-short.json',
      model: 'MI325X',
      count: 8,
      vramMib: 262128,
      partition: 'SPX',
    },
    { path: 'derived-rocm7/mi325x-8', metric: '', model: 'MI325X', count: 8, vramMib: 262128, partition: undefined },
    {
      path: 'gen-rocm6.3/mi355x-8',
      metric: 'metric-short.json',
      model: 'MI355X',
      count: 8,
      vramMib: 294896,
      partition: 'SPX',
    },
    {
      path: 'derived-rocm7/mi355x-8',
      metric: 'metric-short.json',
      model: 'MI355X',
      count: 8,
      vramMib: 294896,
      partition: undefined,
    },
  ])('$path: $model x $count of $vramMib MiB', ({ path, metric, model, count, vramMib, partition }) => {
    const gpus = folder(path, metric);
    expect(gpus.map((gpu) => gpu.model)).toEqual(Array(count).fill(model));
    expect(new Set(gpus.map((gpu) => gpu.vramTotalBytes))).toEqual(new Set([vramMib * MIB]));
    expect(new Set(gpus.map((gpu) => gpu.computePartition))).toEqual(new Set([partition]));
    expect(new Set(gpus.map((gpu) => gpu.bdf)).size).toBe(count);
    expect(busyWarnings({ gpus })).toEqual([]);
  });

  it('63 partitions of 8 MI300X share the memory shown for the card', () => {
    const cpx = 'gen-rocm6.3/mi300x-8-cpx';
    const gpus = one(`${cpx}/list.json`, `${cpx}/static-asic-partition-vram.json`);
    expect(gpus).toHaveLength(63);
    expect(new Set(gpus.map((gpu) => gpu.vramTotalBytes))).toEqual(new Set([(196592 / 8) * MIB]));
    expect(gpus[9]).toMatchObject({
      model: 'MI300X',
      bdf: '0000:26:00.1',
      computePartition: 'CPX',
      memoryPartition: 'NPS4',
    });
  });

  it('names the two busy GPUs', () => {
    const path = 'gen-rocm6.3/mi300x-8-busy';
    const gpus = one(`${path}/list.json`, 'gen-rocm6.3/mi300x-8/static.json', `${path}/metric.json`);
    expect(busyWarnings({ gpus })).toEqual([
      expect.stringMatching(/^GPU 2 \(MI300X, 0000:46:00\.0\) is busy: 167\.0 of 192\.0 GiB/),
      expect.stringMatching(/^GPU 3 \(MI300X, 0000:65:00\.0\) is busy: 167\.0 of 192\.0 GiB/),
    ]);
  });

  it.each([
    ['static-mi210-rocm7.json', { model: 'MI210', gfx: 'gfx90a' }],
    ['static-mi355x-minimal.json', { model: 'MI355X', gfx: 'gfx950', bdf: undefined }],
    ['static-rx7800xt-rocm7.json', { model: 'RX7800', gfx: 'gfx1101', bdf: '0000:03:00.0' }],
    ['static-clock-mi355x-array.json', { model: undefined, deviceId: undefined }],
  ])('%s', (path, expected) => {
    expect(one('', path)).toMatchObject([expected]);
  });

  it.each([
    ['metric-mi300x-1-rocm7.0.2.json', { busyPercent: 0, vramUsedBytes: undefined }],
    ['metric-mem-mi355x-minimal.json', { vramTotalBytes: 294896 * MIB, vramUsedBytes: undefined }],
    ['metric-rx7800xt-rocm7.json', { vramUsedBytes: 14569 * MIB, busyPercent: 2 }],
    ['metric-usage-mi300x-dpx-rocm7.0.2.json', { busyPercent: 0 }],
    ['metric-usage-w7700-array.json', { busyPercent: 42, vramTotalBytes: undefined }],
    ['metric-power-rocm6.1.json', { busyPercent: undefined }],
  ])('%s', (path, expected) => {
    expect(one('', '', path)).toMatchObject([expected]);
  });
});

describe('rocm-smi output', () => {
  it.each(rocmSmi.filter(({ path }) => path.endsWith('.txt')).map(({ path }) => path))('%s gives no GPU', (path) => {
    expect(parseRocmSmi(readFixture(path))).toEqual([]);
  });

  it.each([
    ['all-mi100-4-rocm6.0.2', 4, { model: 'MI100', vramTotalBytes: 34342961152, bdf: '0000:83:00.0' }],
    ['all-mi250x-1die', 1, { model: undefined, deviceId: undefined, busyPercent: 100 }],
    ['all-radeon780m-apu-rocm6.2.4', 1, { model: undefined, deviceId: '1900', bdf: '0000:c4:00.0' }],
    ['all-rx6700xt-rocm6.1.2', 1, { model: 'RX6700', gfx: 'gfx1031', vramUsedBytes: 1572745216 }],
    ['card-mi300x-1-rocm7.0.2', 1, { model: undefined, vramTotalBytes: 205822885888, busyPercent: 0 }],
    ['card-rx9060xt-rocm7', 1, { busyPercent: 100, vramTotalBytes: 17095983104 }],
    ['product-mi300a-4', 4, { model: 'MI300A', deviceId: '74a0', gfx: 'gfx942' }],
    ['product-radeon8060s-apu', 1, { model: 'Radeon8060S', gfx: 'gfx1151', vramTotalBytes: 68719476736 }],
    ['product-rx7900xt', 1, { model: 'RX7900', deviceId: '744c', vramTotalBytes: 21458059264 }],
  ])('%s: %i GPUs', (name, count, expected) => {
    const gpus = parseRocmSmi(readFixture(`rocm-smi/${name}.json`));
    expect(gpus).toHaveLength(count);
    expect(gpus[0]).toMatchObject(expected);
  });

  it('covers every JSON fixture, and an empty object is no GPU', () => {
    expect(parseRocmSmi(readFixture('rocm-smi/product-empty.json'))).toEqual([]);
    expect(rocmSmi.filter(({ path }) => path.endsWith('.json'))).toHaveLength(10);
  });

  it('gives a partition without ids the ids of its card', () => {
    const text = '{"card1": {"Device ID": "N/A", "GUID": "6834"}, "card0": {"Device ID": "0x74a1", "GUID": "10931"}}';
    expect(parseRocmSmi(text).map((gpu) => gpu.model)).toEqual(['MI300X', 'MI300X']);
  });
});

describe('rocminfo output', () => {
  it.each(files.filter(({ path }) => path.startsWith('rocminfo/')).map(({ path }) => path))('%s is no GPU', (path) => {
    const text = readFixture(path);
    expect(parseAmdSmi({ list: text, static: text, metric: text })).toEqual([]);
    expect(parseRocmSmi(text)).toEqual([]);
  });
});

describe('the commands', () => {
  const finished = (stdout: string, status = 0): ReturnType<Exec> => ({ status, stdout, stderr: '' });
  const recorded: Readonly<Record<string, string>> = {
    list: 'list.json',
    static: 'static.json',
    metric: 'metric.json',
  };

  it('amd-smi: falls back to static without --partition where that is refused', () => {
    const calls: string[] = [];
    const exec: Exec = (file, args) => {
      calls.push([file, ...args].join(' '));
      if (args.includes('--partition')) return finished(readFixture('amd-smi/errors/gen-unknown-argument.json'));
      return finished(readFixture(`amd-smi/derived-rocm7/mi300x-8/${recorded[args[0]!] ?? ''}`));
    };
    expect(probeAmdSmi(exec)).toHaveLength(8);
    expect(calls).toEqual([
      'amd-smi list --json',
      'amd-smi static --partition --asic --bus --vram --json',
      'amd-smi static --asic --bus --vram --json',
      'amd-smi metric --usage --mem-usage --json',
    ]);
  });

  it('amd-smi: one call when there is no GPU (status 255) or no program', () => {
    let calls = 0;
    const failing: Exec = () => {
      calls += 1;
      return finished('', 255);
    };
    expect(probeAmdSmi(failing)).toBeUndefined();
    expect(calls).toBe(1);
    expect(probeAmdSmi(() => undefined)).toBeUndefined();
  });

  it('rocm-smi: exit status 0 without a GPU is not applicable', () => {
    expect(probeRocmSmi(() => finished('{}'))).toBeUndefined();
    expect(probeRocmSmi(() => undefined)).toBeUndefined();
    expect(probeRocmSmi(() => finished(readFixture('rocm-smi/product-mi300a-4.json')))).toHaveLength(4);
  });
});
