import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Exec } from '../system/exec.ts';
import { checkDeviceAccess } from './access.ts';
import { detectHardware } from './detect.ts';
import type { Hardware } from './types.ts';

const GIB = 2 ** 30;
const noTools: Exec = () => undefined;
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'aim-detect-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function put(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

const detect = (env: Record<string, string> = {}, exec: Exec = noTools): Hardware =>
  detectHardware({ sysfsRoot: join(root, 'sys'), devRoot: join(root, 'dev'), env, exec });

interface NodeSpec {
  readonly number: number;
  readonly location: number;
  readonly minor: number;
  readonly deviceId?: number;
  readonly extra?: string;
}

function putNode({ number, location, minor, deviceId = 0x74a1, extra = '' }: NodeSpec): void {
  put(
    `sys/class/kfd/kfd/topology/nodes/${number}/properties`,
    `simd_count 1216\ngfx_target_version 90402\nvendor_id 4098\ndevice_id ${deviceId}\nlocation_id ${location}\n` +
      `domain 0\ndrm_render_minor ${minor}\nunique_id 9223372036854770001\n${extra}`,
  );
  put(`dev/dri/renderD${minor}`, '');
}

/** A DRM card folder that holds its render node, as on hosts whose PCI tree is not visible. */
function putCard(card: string, minor: number, files: Record<string, string>): void {
  const folder = `sys/class/drm/${card}/device`;
  put(`${folder}/drm/renderD${minor}/dev`, `226:${minor}\n`);
  for (const [name, text] of Object.entries({ vendor: '0x1002\n', ...files })) put(`${folder}/${name}`, text);
}

describe('sysfs without a PCI tree', () => {
  it('joins cards by render node, past a management controller and connectors', () => {
    put('dev/kfd', '');
    putNode({ number: 1, location: 256, minor: 128, deviceId: 0x744c });
    putCard('card0', 128, { vendor: '0x1a03\n', mem_info_vram_total: '1\n' });
    put('sys/class/drm/card1-HDMI-A-1/status', 'connected\n');
    put('sys/class/drm/version', 'drm 1.1.0\n');
    putCard('card1', 128, { revision: '0xcc\n', mem_info_vram_used: `${20 * GIB}\n`, gpu_busy_percent: '7\n' });
    const { gpus, warnings } = detect();
    expect(gpus).toMatchObject([{ model: 'RX7900', vramTotalBytes: 20464 * 2 ** 20, busyPercent: 7 }]);
    expect(warnings).toEqual([expect.stringMatching(/^GPU 0 \(RX7900, 0000:01:00\.0\) is busy: 20\.0 of 20\.0 GiB/)]);
  });

  it('gives partitions without a folder of their own a share of their card', () => {
    put('dev/kfd', '');
    for (const part of [0, 1]) putNode({ number: 2 + part, location: 1280 + part, minor: 128 + part });
    putCard('card1', 128, {
      mem_info_vram_total: `${192 * GIB}\n`,
      mem_info_vram_used: `${100 * GIB}\n`,
      current_compute_partition: 'DPX\n',
      current_memory_partition: 'NPS2\n',
    });
    const partition = { vramTotalBytes: 96 * GIB, vramUsedBytes: undefined, computePartition: 'DPX' };
    expect(detect().gpus).toMatchObject([
      { bdf: '0000:05:00.0', memoryPartition: 'NPS2', ...partition },
      { bdf: '0000:05:00.1', memoryPartition: 'NPS2', ...partition },
    ]);
  });

  it('survives readings the driver refuses or garbles', () => {
    put('dev/kfd', '');
    putNode({ number: 1, location: 256, minor: 128 });
    putCard('card0', 128, { mem_info_vram_used: 'busy\n', current_compute_partition: 'UNKNOWN\n' });
    // Reading a folder fails like a reading the driver refuses.
    mkdirSync(join(root, 'sys/class/drm/card0/device/gpu_busy_percent'));
    expect(detect().gpus).toMatchObject([
      { model: 'MI300X', busyPercent: undefined, vramUsedBytes: undefined, computePartition: undefined },
    ]);
  });

  it('keeps a GPU of an unknown device', () => {
    put('dev/kfd', '');
    putNode({ number: 1, location: 256, minor: 128, deviceId: 0xdead });
    expect(detect().gpus).toMatchObject([{ model: undefined, deviceId: 'dead', vramTotalBytes: undefined }]);
  });

  it('sorts node numbers as numbers', () => {
    put('dev/kfd', '');
    for (const number of [9, 10]) putNode({ number, location: number * 256, minor: 120 + number });
    expect(detect({ HIP_VISIBLE_DEVICES: '0' }).gpus).toMatchObject([{ renderMinor: 129 }]);
  });
});

describe('sysfs with a PCI tree', () => {
  it('tells a virtual function from a partition', () => {
    put('dev/kfd', '');
    putNode({ number: 1, location: 0x0502, minor: 128, deviceId: 0x74b5 });
    put('sys/bus/pci/devices/0000:05:00.0/mem_info_vram_used', '1\n');
    put('sys/bus/pci/devices/0000:05:00.2/device', '0x74b5\n');
    put('sys/bus/pci/devices/0000:05:00.2/mem_info_vram_used', '2\n');
    expect(detect().gpus).toMatchObject([{ model: 'MI300X', vramUsedBytes: 2 }]);
  });

  it('explains a loaded driver without compute interface', () => {
    put('sys/bus/pci/devices/0000:05:00.0/vendor', '0x1002\n');
    put('sys/bus/pci/devices/0000:05:00.0/class', '0x120000\n');
    put('sys/bus/pci/devices/0000:05:00.0/device', '0x74a1\n');
    put('sys/module/amdgpu/refcnt', '0\n');
    expect(detect().warnings).toEqual([expect.stringContaining('CONFIG_HSA_AMD')]);
  });
});

describe('access', () => {
  it('reports device files by what the file system says', () => {
    put('dev/kfd', '');
    expect(checkDeviceAccess(join(root, 'dev/kfd'))).toBe('ok');
    expect(checkDeviceAccess(join(root, 'dev/none'))).toBe('missing');
    expect(checkDeviceAccess(join(root, 'dev/kfd/below'))).toBe('missing');
  });

  it('an entry that is there but does not open is denied', () => {
    // Permission bits do not stop root, a link to itself does.
    mkdirSync(join(root, 'dev'));
    symlinkSync('kfd', join(root, 'dev/kfd'));
    putNode({ number: 1, location: 256, minor: 128 });
    expect(checkDeviceAccess(join(root, 'dev/kfd'))).toBe('denied');
    expect(detect()).toMatchObject({ gpus: [], warnings: [expect.stringContaining('no permission to open /dev/kfd')] });
  });
});

describe('other probes', () => {
  const amdSmi: Exec = (file, args) => {
    if (file !== 'amd-smi') return undefined;
    const gpus = [0, 1].map((gpu) => ({ gpu, asic: { device_id: '0x74a1' }, bdf: `0000:0${gpu}:00.0` }));
    return { status: 0, stdout: args[0] === 'metric' ? 'N/A' : JSON.stringify(gpus), stderr: '' };
  };

  it('uses amd-smi where sysfs shows nothing, and applies the visibility variables', () => {
    expect(detect({}, amdSmi)).toMatchObject({ source: 'amd-smi', gpus: [{ model: 'MI300X' }, { model: 'MI300X' }] });
    expect(detect({ HIP_VISIBLE_DEVICES: '1' }, amdSmi).gpus).toMatchObject([{ bdf: '0000:01:00.0' }]);
    expect(detect({ ROCR_VISIBLE_DEVICES: 'GPU-00ff' }, amdSmi)).toMatchObject({
      gpus: [{}, {}],
      warnings: [expect.stringContaining('ROCR_VISIBLE_DEVICES')],
    });
  });

  it('uses rocm-smi last', () => {
    const exec: Exec = (file) =>
      file === 'rocm-smi' ? { status: 0, stdout: '{"card0": {"Device ID": "0x740f"}}', stderr: '' } : undefined;
    expect(detect({}, exec)).toMatchObject({ source: 'rocm-smi', gpus: [{ model: 'MI210' }] });
  });

  it('turns a probe that throws into a warning', () => {
    const exec: Exec = (file) => {
      throw new Error(`${file} crashed`);
    };
    expect(detect({}, exec)).toEqual({
      gpus: [],
      inRuntimeOrder: [],
      source: 'none',
      warnings: [
        'GPU detection by amd-smi failed: amd-smi crashed',
        'GPU detection by rocm-smi failed: rocm-smi crashed',
      ],
    });
  });
});
