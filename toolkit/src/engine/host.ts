import { join } from 'node:path';
import { detectHardware, type Hardware } from 'aim-runtime/gpu';
import type { Exec } from 'aim-runtime/system';
import { ensureCacheFolder } from './cache-folder.ts';
import { findDeviceAccess } from './devices.ts';
import type { HostSettings } from './start.ts';

/** This machine as endpoints see it. */
export interface EndpointHost {
  readonly detectHardware: () => Hardware;
  readonly settings: HostSettings;
  /** Folder that holds models when none is named. */
  readonly cacheDir: string;
}

export interface HostSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly uid: number | undefined;
  readonly gid: number | undefined;
  readonly exec: Exec;
}

/** What engines in containers need of the environment to get their model: access, and the way to the network. */
const PASSED = [
  'HF_TOKEN',
  'HF_ENDPOINT',
  'HF_HUB_OFFLINE',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_DEFAULT_REGION',
  'AWS_ENDPOINT_URL',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
];

/** Describes this machine by its environment; nothing is looked at before it is asked for. */
export function createEndpointHost({ env, home, uid, gid, exec }: HostSources): EndpointHost {
  const given = (name: string) => env[name] || undefined;
  const devRoot = given('AIM_DEV_ROOT') ?? '/dev';
  const sysfsRoot = given('AIM_SYSFS_ROOT') ?? '/sys';
  const passed = PASSED.flatMap((name) => {
    const value = given(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  const isRoot = uid === undefined || uid === 0;
  return {
    detectHardware: () => detectHardware({ sysfsRoot, devRoot, env, exec }),
    settings: {
      findAccess: (gpus) => findDeviceAccess(devRoot, gpus),
      ensureFolder: ensureCacheFolder,
      passedEnv: Object.fromEntries(passed),
      user: isRoot ? undefined : `${uid}:${gid ?? uid}`,
    },
    cacheDir: given('AIM_CACHE_PATH') ?? join(home, '.cache/aim/models'),
  };
}
