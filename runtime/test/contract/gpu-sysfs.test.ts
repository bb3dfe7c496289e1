import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { detectHardware } from '../../src/gpu/detect.ts';
import { groupByModel } from '../../src/gpu/group.ts';
import type { Hardware } from '../../src/gpu/types.ts';
import { parseGpuBankBytes, parseKfdNode } from '../../src/gpu/topology.ts';
import { buildHost, buildKfdHost, readFixture, renderProperties } from './gpu-hosts.ts';
import type { HostFixture, KfdFixture } from './gpu-hosts.ts';

const MIB = 2 ** 20;
const neverExec = (): never => {
  throw new Error('no process may start when sysfs tells');
};

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'aim-gpu-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function detectHost(name: string, env: Record<string, string> = {}): Hardware {
  const host = buildHost(root, JSON.parse(readFixture(`sysfs/${name}.json`)) as HostFixture);
  return detectHardware({ ...host, env, exec: neverExec });
}

function detectWithoutTools(name: string): Hardware {
  const host = buildHost(root, JSON.parse(readFixture(`sysfs/${name}.json`)) as HostFixture);
  return detectHardware({ ...host, env: {}, exec: () => undefined });
}

function detectKfd(name: string, env: Record<string, string> = {}): Hardware {
  const host = buildKfdHost(root, JSON.parse(readFixture(`kfd/${name}.json`)) as KfdFixture);
  return detectHardware({ ...host, env, exec: neverExec });
}

describe('composed hosts', () => {
  it('reads every fact of a whole MI300X', () => {
    const hardware = detectHost('mi300x-1-spx');
    expect(hardware.inRuntimeOrder).toEqual(hardware.gpus);
    expect(hardware).toMatchObject({
      source: 'sysfs',
      warnings: [],
      gpus: [
        {
          model: 'MI300X',
          deviceId: '74a1',
          gfx: 'gfx942',
          bdf: '0000:05:00.0',
          renderMinor: 128,
          vramTotalBytes: 196595 * MIB,
          vramUsedBytes: 283 * MIB,
          busyPercent: 0,
          computePartition: 'SPX',
          memoryPartition: 'NPS1',
        },
      ],
    });
  });

  it('finds 8 MI300X and orders them by bus', () => {
    const hardware = detectHost('mi300x-8-spx');
    expect(groupByModel(hardware)).toEqual(new Map([['MI300X', 8]]));
    expect(hardware.gpus.map((gpu) => gpu.bdf)).toEqual([
      '0000:05:00.0',
      '0000:26:00.0',
      '0000:46:00.0',
      '0000:65:00.0',
      '0000:85:00.0',
      '0000:a6:00.0',
      '0000:c6:00.0',
      '0000:e5:00.0',
    ]);
    expect(hardware.warnings).toEqual([]);
  });

  it('counts only the GPU passed into the container', () => {
    const hardware = detectHost('container-one-of-8');
    expect(hardware.gpus.map((gpu) => [gpu.model, gpu.renderMinor])).toEqual([['MI300X', 144]]);
    expect(hardware.warnings).toEqual([expect.stringContaining('1 of 8 GPUs of this host are usable here')]);
  });

  it('keeps both models of a mixed host apart', () => {
    const hardware = detectHost('mixed-2-mi300x-1-radeon');
    expect([...groupByModel(hardware)]).toEqual([
      ['MI300X', 2],
      ['RX7900', 1],
    ]);
    expect(hardware.gpus[2]?.vramTotalBytes).toBe(25753026560);
  });

  it('lists an APU without giving it a model, and does not call its screen memory busy', () => {
    const hardware = detectHost('apu-780m');
    expect(hardware.gpus).toMatchObject([{ model: undefined, deviceId: '1900', gfx: 'gfx1103' }]);
    expect(hardware.gpus[0]?.vramUsedBytes).toBe(400 * MIB);
    expect(hardware.warnings).toEqual([]);
  });

  it.each([
    ['kfd-not-passed', '--device=/dev/kfd'],
    ['kfd-permission-denied', '--group-add video'],
    ['render-permission-denied', 'renderD128'],
  ])('%s: no usable GPU, and the warning says what to do', (name, advice) => {
    const hardware = detectHost(name);
    expect(hardware).toMatchObject({ gpus: [], source: 'none' });
    expect(hardware.warnings).toEqual([expect.stringContaining(advice)]);
  });

  it('tells a missing driver from missing GPUs', () => {
    expect(detectWithoutTools('driver-not-loaded')).toEqual({
      gpus: [],
      inRuntimeOrder: [],
      source: 'none',
      warnings: [expect.stringMatching(/1 AMD GPU on the PCI bus \(MI300X\).*sudo modprobe amdgpu/)],
    });
  });

  it('is silent on a host without AMD GPU', () => {
    expect(detectWithoutTools('no-gpu')).toEqual({ gpus: [], inRuntimeOrder: [], source: 'none', warnings: [] });
  });

  it('needs no module files: the driver may be built in', () => {
    expect(groupByModel(detectHost('driver-built-in'))).toEqual(new Map([['MI300X', 1]]));
  });

  it('finds one MI210', () => {
    expect(detectHost('mi210-1').gpus).toMatchObject([{ model: 'MI210', vramTotalBytes: 65520 * MIB, gfx: 'gfx90a' }]);
  });
});

describe('recorded files of a node', () => {
  it('a memory bank of a CPX partition is an eighth of the card', () => {
    const bank = JSON.parse(readFixture('kfd/mem-bank-mi300x-cpx.json')) as Record<string, string>;
    expect(parseGpuBankBytes(renderProperties(bank))).toBe((196592 / 8) * MIB);
  });

  it('a link is neither a memory bank nor a GPU', () => {
    const link = renderProperties(JSON.parse(readFixture('kfd/io-link-mi300x-cpu.json')) as Record<string, string>);
    expect(parseGpuBankBytes(link)).toBe(0);
    expect(parseKfdNode(2, link)).toBeUndefined();
  });
});

describe('recorded topologies', () => {
  it('8 MI210: node order is not bus order, memory comes from the table', () => {
    const { gpus } = detectKfd('mi210-8');
    expect(gpus.map((gpu) => gpu.model)).toEqual(Array(8).fill('MI210'));
    expect(gpus.map((gpu) => gpu.renderMinor)).toEqual([130, 131, 129, 128, 134, 135, 133, 132]);
    expect(gpus.every((gpu) => gpu.vramTotalBytes === 65520 * MIB && gpu.computePartition === undefined)).toBe(true);
  });

  it('variables count GPUs in node order', () => {
    expect(detectKfd('mi210-8', { ROCR_VISIBLE_DEVICES: '2,0', HIP_VISIBLE_DEVICES: '1' }).gpus).toMatchObject([
      { renderMinor: 128 },
    ]);
  });

  it('8 MI300X in CPX: 63 logical GPUs of an eighth of a card each', () => {
    const { gpus, warnings } = detectKfd('mi300x-8-cpx');
    expect(gpus).toHaveLength(63);
    expect(new Set(gpus.map((gpu) => gpu.model))).toEqual(new Set(['MI300X']));
    expect(new Set(gpus.map((gpu) => gpu.vramTotalBytes))).toEqual(new Set([(196592 / 8) * MIB]));
    expect(new Set(gpus.map((gpu) => gpu.computePartition))).toEqual(new Set(['CPX']));
    expect(gpus[1]?.bdf).toBe('0000:05:00.1');
    expect(warnings).toEqual([]);
  });

  it('8 partitioned MI308X: 32 logical GPUs, 192 GiB less 16 MiB a card', () => {
    const { gpus } = detectKfd('mi308x-4-partitioned');
    expect(gpus.map((gpu) => gpu.model)).toEqual(Array(32).fill('MI308X'));
    const perCard = new Map<string, number>();
    for (const { bdf = '', vramTotalBytes = 0 } of gpus) {
      const card = bdf.slice(0, -2);
      perCard.set(card, (perCard.get(card) ?? 0) + vramTotalBytes);
    }
    expect([...perCard.values()]).toEqual(Array(8).fill(196592 * MIB));
    expect(gpus[0]).toMatchObject({ computePartition: 'CPX', vramTotalBytes: 51539607552, vramUsedBytes: undefined });
  });

  it('an old topology without gfx version: GPUs by their SIMDs, two cards although at one address', () => {
    expect(detectKfd('vega10-1').gpus).toMatchObject([
      { model: 'MI25', deviceId: '6860', gfx: 'gfx900', vramTotalBytes: 17163091968, computePartition: undefined },
      { model: 'MI25', renderMinor: 129 },
    ]);
  });

  it('an excerpt without device ids keeps its GPUs, nameless', () => {
    expect(detectKfd('mi350x-2-excerpt').gpus).toMatchObject([
      { model: undefined, gfx: 'gfx950', bdf: '0000:15:00.0' },
      { model: undefined, gfx: 'gfx950', bdf: '0000:65:00.0' },
    ]);
  });
});
