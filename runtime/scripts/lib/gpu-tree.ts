import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Writes a sysfs and a dev tree with `cards` MI300X of `partitions` compute partitions each; returns their roots. */
export function writeGpuTree(
  root: string,
  options: { cards: number; partitions: number },
): { sys: string; dev: string } {
  const sys = join(root, 'sys');
  const dev = join(root, 'dev');
  mkdirSync(join(dev, 'dri'), { recursive: true });
  writeFileSync(join(dev, 'kfd'), '');
  const nodes = join(sys, 'class/kfd/kfd/topology/nodes');
  put(join(nodes, '0/properties'), 'cpu_cores_count 96\nsimd_count 0\ngfx_target_version 0\n');
  for (let gpu = 0; gpu < options.cards * options.partitions; gpu++)
    writeGpu({ nodes, sys, dev }, gpu, options.partitions);
  return { sys, dev };
}

function writeGpu(roots: { nodes: string; sys: string; dev: string }, gpu: number, partitions: number): void {
  const minor = 128 + gpu;
  const card = Math.floor(gpu / partitions);
  const partition = gpu % partitions;
  const node = join(roots.nodes, String(gpu + 1));
  const location = (card + 5) * 256 + partition;
  const vramBytes = Math.floor(206_141_652_992 / partitions);
  put(
    join(node, 'properties'),
    `cpu_cores_count 0\nsimd_count ${1216 / partitions}\nmem_banks_count 1\nlocal_mem_size 0\ngfx_target_version 90402\nvendor_id 4098\ndevice_id 29857\nlocation_id ${location}\ndomain 0\ndrm_render_minor ${minor}\nunique_id ${9_223_372_036_854_770_000n + BigInt(card)}\n`,
  );
  put(join(node, 'mem_banks/0/properties'), `heap_type 1\nsize_in_bytes ${vramBytes}\nflags 0\n`);
  writeFileSync(join(roots.dev, `dri/renderD${minor}`), '');
  const device = join(roots.sys, `class/drm/card${gpu}/device`);
  put(join(device, `drm/renderD${minor}/dev`), `226:${minor}\n`);
  const files = {
    vendor: '0x1002',
    device: '0x74a1',
    revision: '0x00',
    mem_info_vram_total: String(vramBytes),
    mem_info_vram_used: '296747008',
    gpu_busy_percent: '0',
    current_compute_partition: partitions === 1 ? 'SPX' : 'CPX',
    current_memory_partition: 'NPS1',
  };
  for (const [name, value] of Object.entries(files)) put(join(device, name), `${value}\n`);
}

function put(path: string, text: string): void {
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
}
