import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createAmdSmiReader, parseAmdSmi } from './amd-smi.ts';

const recorded = (name: string) =>
  readFileSync(join(import.meta.dirname, '../../../../runtime/test/fixtures/gpu/amd-smi', name), 'utf8');
const MIB = 1024 * 1024;

describe('parseAmdSmi', () => {
  it('reads the JSON of ROCm 6.3 under load', () => {
    const gpus = parseAmdSmi(recorded('gen-rocm6.3/mi300x-8-busy/metric.json'));
    expect(gpus).toHaveLength(8);
    const busy = { index: 3, powerWatt: 612, gfxClockMhz: 1842, vramUsedBytes: 171_034 * MIB };
    expect(gpus[3]).toMatchObject(busy);
    expect(gpus[3]).not.toHaveProperty('energyJoule');
  });

  it('reads the JSON of ROCm 7, which wraps the list', () => {
    const gpus = parseAmdSmi(recorded('derived-rocm7/mi300x-8/metric.json'));
    expect(gpus).toHaveLength(8);
    expect(gpus[3]).toMatchObject({ powerWatt: 137, gfxClockMhz: 132, vramUsedBytes: 283 * MIB });
  });

  it('reads partial JSON: what is N/A is left out', () => {
    expect(parseAmdSmi(recorded('metric-mi300x-1-rocm7.0.2.json'))).toEqual([
      { index: 0, powerWatt: 158, utilisation: 0 },
    ]);
    expect(parseAmdSmi(recorded('metric-power-rocm6.1.json'))).toEqual([{ index: 0, powerWatt: 10 }]);
    const small = parseAmdSmi(recorded('metric-rx7800xt-rocm7.json'));
    expect(small).toEqual([{ index: 0, utilisation: 0.02, vramUsedBytes: 14_569 * MIB }]);
  });

  it('reads the CSV of power and energy', () => {
    expect(parseAmdSmi(recorded('metric-energy-mi355x-2.csv'))).toEqual([
      { index: 0, powerWatt: 238, energyJoule: 178_319_501.7 },
      { index: 1, powerWatt: 238, energyJoule: 178_319_501.7 },
    ]);
  });

  it.each(['errors/driver-not-loaded-rocm7.1.txt', 'errors/gen-unknown-argument.json'])(
    'tells of no GPU for %s',
    (file) => {
      expect(parseAmdSmi(recorded(file))).toEqual([]);
    },
  );
});

describe('createAmdSmiReader', () => {
  const columns = (JSON.parse(recorded('metric-watch-columns-mi355x.json')) as { columns: string[] }).columns;
  const row = (cells: Record<string, string | number>) => columns.map((name) => cells[name] ?? 'N/A').join(',');

  it('gathers the rows of a watch into samples, at the time of their first row', () => {
    const reader = createAmdSmiReader();
    const lines = [
      "'CTRL' + 'C' to stop watching output:",
      columns.join(','),
      row({ timestamp: 100, gpu: 0, socket_power: 500, gfx_0_clk: 2000, mem_0_clk: 1300, gfx_activity: 97 }),
      row({ timestamp: 100, gpu: 1, socket_power: 510 }),
      columns.join(','),
      row({ timestamp: 101, gpu: 0, socket_power: 520 }),
      row({ timestamp: 101, gpu: 1 }),
      'half a row,1',
    ];
    const samples = [...lines.map((line, at) => reader.push(line, at)), reader.end(), reader.end()];
    expect(samples.filter((sample) => sample !== undefined)).toEqual([
      {
        atMs: 2,
        gpus: [
          { index: 0, powerWatt: 500, gfxClockMhz: 2000, memoryClockMhz: 1300, utilisation: 0.97 },
          { index: 1, powerWatt: 510 },
        ],
      },
      { atMs: 5, gpus: [{ index: 0, powerWatt: 520 }, { index: 1 }] },
    ]);
  });
});
