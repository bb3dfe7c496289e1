import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findDeviceAccess } from './devices.ts';
import type { HostGpu } from './gpus.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'aim-devices-'));
  mkdirSync(join(root, 'dri'));
});
afterEach(() => rmSync(root, { recursive: true }));

/** A character device of this host under the name of a GPU's. */
const addNode = (name: string): void => symlinkSync('/dev/null', join(root, name));
const gpus = (...minors: (number | undefined)[]) =>
  minors.map((renderMinor, index) => ({ id: '', index: index + 2, gpu: { renderMinor }, user: undefined }) as HostGpu);
const group = String(statSync('/dev/null').gid);

it('gives the render nodes of the chosen GPUs only, and their groups once', () => {
  for (const name of ['kfd', 'dri/renderD128', 'dri/renderD129', 'dri/card0']) addNode(name);
  expect(findDeviceAccess(root, gpus(129))).toEqual({
    paths: [join(root, 'kfd'), join(root, 'dri/renderD129')],
    groups: [group],
    env: {},
  });
});

it('gives all nodes and names the GPUs by number where their nodes are not known', () => {
  for (const name of ['kfd', 'dri/renderD128', 'dri/card0', 'dri/by-path']) addNode(name);
  const { paths, env } = findDeviceAccess(root, gpus(undefined, undefined));
  expect(paths.map((path) => path.slice(root.length)).sort()).toEqual(['/dri/card0', '/dri/renderD128', '/kfd']);
  expect(env).toEqual({ ROCR_VISIBLE_DEVICES: '2,3' });
});

it('leaves out plain files, as a simulated host has them', () => {
  writeFileSync(join(root, 'kfd'), '');
  writeFileSync(join(root, 'dri/renderD128'), '');
  expect(findDeviceAccess(root, gpus(128))).toEqual({ paths: [], groups: [], env: {} });
});
