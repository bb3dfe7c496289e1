import { join } from 'node:path';
import { expect, it } from 'vitest';
import { buildKfdHost } from '../contract/gpu-hosts.ts';
import { discoveryOf } from '../lib/operator-log.ts';
import { PROFILE, ProfileTree, run } from '../lib/run-executable.ts';

/** One GPU as the kernel's topology shows it. */
const gpu = (node: number, deviceId: number, bus: number, gfx: number) => ({
  node,
  properties: {
    simd_count: '1216',
    vendor_id: '4098',
    device_id: String(deviceId),
    location_id: String(bus << 8),
    domain: '0',
    drm_render_minor: String(127 + node),
    gfx_target_version: String(gfx),
    array_count: '32',
    simd_arrays_per_engine: '1',
    unique_id: String(1000 + node),
  },
});
const MI300X = { deviceId: 0x74a1, gfx: 90402 };
const MI210 = { deviceId: 0x740f, gfx: 90010 };

/** Node 1 is an MI210 on a high bus, node 2 an MI300X on a low one. */
function putMixedHost(tree: ProfileTree): Record<string, string> {
  buildKfdHost(tree.root, {
    nodes: [gpu(1, MI210.deviceId, 0x41, MI210.gfx), gpu(2, MI300X.deviceId, 0x05, MI300X.gfx)],
  });
  return {
    AIM_ID: 'org/model',
    AIM_PROFILE_PATH: tree.root,
    AIM_CACHE_PATH: join(tree.root, 'cache'),
    AIM_SYSFS_ROOT: join(tree.root, 'sys'),
    AIM_DEV_ROOT: join(tree.root, 'dev'),
    HF_HUB_OFFLINE: '1',
  };
}

it.each([
  ['as the runtime counts, which is not the order of the buses', {}, '1'],
  ['by the entry of the user that named it', { HIP_VISIBLE_DEVICES: '1,0' }, '1'],
  ['by an entry of CUDA_VISIBLE_DEVICES', { CUDA_VISIBLE_DEVICES: '0, 1' }, '1'],
  ['among those that ROCR_VISIBLE_DEVICES left, in its order', { ROCR_VISIBLE_DEVICES: '1,0' }, '0'],
])('gives the engine the group that the profile is for, %s', (_, visible, wanted) => {
  using tree = new ProfileTree().put('org/model/one.yaml', PROFILE);
  const { stdout, stderr } = run(['dry-run', '--format', 'json'], { ...putMixedHost(tree), ...visible });
  expect(discoveryOf(stdout)[0]?.command.env['HIP_VISIBLE_DEVICES']).toBe(wanted);
  expect(stderr).toContain(`runs on the MI300X GPUs of this host (HIP_VISIBLE_DEVICES=${wanted})`);
});

it('leaves a host of one model alone, and warns when more GPUs are asked for than there are', () => {
  using tree = new ProfileTree().put('org/model/one.yaml', PROFILE.replace('gpu_count: 1', 'gpu_count: 8'));
  const env = putMixedHost(tree);
  const { stdout, stderr } = run(['dry-run', '--format', 'json'], {
    ...env,
    HIP_VISIBLE_DEVICES: '1',
    AIM_GPU_COUNT: '8',
  });
  expect(discoveryOf(stdout)[0]?.command.env['HIP_VISIBLE_DEVICES']).toBeUndefined();
  expect(stderr).toContain('AIM_GPU_COUNT=8 asks for more GPUs than there are (1 x MI300X)');
});
