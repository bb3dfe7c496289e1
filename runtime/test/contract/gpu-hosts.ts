import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Access, CheckAccess } from '../../src/gpu/access.ts';

export const FIXTURES = join(import.meta.dirname, '../fixtures/gpu');

/** A recorded or composed host laid out as files. */
export interface Host {
  readonly sysfsRoot: string;
  readonly devRoot: string;
  readonly checkAccess: CheckAccess;
}

export interface HostFixture {
  readonly files: Readonly<Record<string, string>>;
  readonly links: Readonly<Record<string, string>>;
  readonly devices: readonly {
    readonly path: string;
    readonly mode: string;
    readonly owner: string;
    readonly group: string;
  }[];
}

export interface KfdFixture {
  readonly nodes: readonly {
    readonly node: number;
    readonly properties: Readonly<Record<string, string>>;
    readonly mem_banks?: readonly Readonly<Record<string, string>>[];
  }[];
}

export function readFixture(path: string): string {
  return readFileSync(join(FIXTURES, path), 'utf8');
}

export function put(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** Writes a sysfs fixture. Device files stand as plain files; their modes are applied by {@link Host.checkAccess}. */
export function buildHost(root: string, fixture: HostFixture): Host {
  mkdirSync(join(root, 'sys'), { recursive: true });
  for (const [path, text] of Object.entries(fixture.files)) put(join(root, path), text);
  for (const [path, target] of Object.entries(fixture.links)) {
    const pci = join(root, 'sys/bus/pci/devices', basename(target));
    mkdirSync(dirname(join(root, path)), { recursive: true });
    symlinkSync(path.startsWith('/sys/class/drm/') ? pci : target, join(root, path));
  }
  const modes = new Map(fixture.devices.map(({ path, mode, group }) => [join(root, path), { mode, group }]));
  for (const { path } of fixture.devices) put(join(root, path), '');
  const checkAccess = (path: string): Access => {
    const device = modes.get(path);
    if (!device) return 'missing';
    return device.mode === '0660' && device.group !== 'root' ? 'ok' : 'denied';
  };
  return { sysfsRoot: join(root, 'sys'), devRoot: join(root, 'dev'), checkAccess };
}

/** A properties file as the kernel prints it. */
export function renderProperties(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([key, value]) => `${key} ${value}\n`)
    .join('');
}

/** Writes a topology fixture with the device files of all its GPU nodes. */
export function buildKfdHost(root: string, fixture: KfdFixture): Pick<Host, 'sysfsRoot' | 'devRoot'> {
  put(join(root, 'dev/kfd'), '');
  for (const { node, properties, mem_banks: banks = [] } of fixture.nodes) {
    const folder = join(root, `sys/class/kfd/kfd/topology/nodes/${node}`);
    put(join(folder, 'properties'), renderProperties(properties));
    for (const [number, bank] of banks.entries())
      put(join(folder, `mem_banks/${number}/properties`), renderProperties(bank));
    const minor = properties['drm_render_minor'] ?? '0';
    if (minor !== '0') put(join(root, `dev/dri/renderD${minor}`), '');
  }
  return { sysfsRoot: join(root, 'sys'), devRoot: join(root, 'dev') };
}
