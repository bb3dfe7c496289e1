import { join } from 'node:path';

/** Where a model's `config.json` may be found, as the environment says. */
export interface ModelSources {
  /** Folder of downloaded models, each in `org/model`; undefined when none is set. */
  readonly cachePath: string | undefined;
  /** Folder of the hub client's own cache. */
  readonly hubCache: string;
  readonly hub: HubSettings;
}

/** How to reach the model hub. */
export interface HubSettings {
  /** Address without a slash at its end. */
  readonly endpoint: string;
  readonly token: string | undefined;
  readonly offline: boolean;
}

const PUBLIC_HUB = 'https://huggingface.co';

/** Reads the variables that the hub's own clients follow, and AIM_CACHE_PATH. */
export function readModelSources(env: Readonly<Record<string, string | undefined>>, home: string): ModelSources {
  const get = (name: string) => (env[name]?.trim() === '' ? undefined : env[name]?.trim());
  const hfHome = get('HF_HOME') ?? join(home, '.cache/huggingface');
  return {
    cachePath: get('AIM_CACHE_PATH'),
    hubCache: get('HF_HUB_CACHE') ?? join(hfHome, 'hub'),
    hub: {
      endpoint: (get('HF_ENDPOINT') ?? PUBLIC_HUB).replace(/\/+$/, ''),
      token: get('HF_TOKEN'),
      offline: /^(?:1|on|yes|true)$/i.test(get('HF_HUB_OFFLINE') ?? ''),
    },
  };
}
