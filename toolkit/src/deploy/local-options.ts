import { IMAGE_PATHS } from '../images/plan.ts';
import { IMAGE_USER, PORTS, type DeploymentPlan } from './deployment-plan.ts';

/** What containers of one host have in common, however they are started. */
export interface LocalOptions {
  readonly user: string;
  readonly devices: readonly string[];
  readonly groups: readonly string[];
  /** Writable places besides the cache, as tmpfs. */
  readonly scratch: readonly string[];
  /** Where the models come from: a named volume, or a folder of the host. */
  readonly cacheSource: string;
  /** A profile that the image does not hold: its path below the written files, and in the container. */
  readonly profile: { readonly source: string; readonly target: string } | undefined;
  readonly variables: Readonly<Record<string, string>>;
  /** Variables of the server whose values come from the environment that starts it. */
  readonly passed: readonly string[];
  /** The same of what downloads. */
  readonly downloadPassed: readonly string[];
  /** Tells by its exit status whether requests are answered. */
  readonly healthCommand: readonly string[];
}

/** tmpfs belongs to root otherwise. */
const SCRATCH_OPTIONS = `mode=0700,uid=${IMAGE_USER},gid=${IMAGE_USER},exec`;

const TOKENS = ['HF_TOKEN'];

/** Options of a container on a single host; pure. */
export function planLocal(plan: DeploymentPlan): LocalOptions {
  const { cache, name, profile } = plan;
  const file = profile.file;
  return {
    user: `${IMAGE_USER}:${IMAGE_USER}`,
    devices: ['/dev/kfd', '/dev/dri'],
    groups: plan.deviceGroups.map(String),
    scratch: ['/tmp', IMAGE_PATHS.home].map((path) => `${path}:${SCRATCH_OPTIONS}`),
    cacheSource: cache.kind === 'hostpath' ? cache.hostPath : `${name}-models`,
    profile: file && { source: file.path.split('/').at(-1) ?? '', target: file.path },
    variables: plan.env,
    // What is loaded already needs no token.
    passed: cache.kind === 'preload' ? [] : TOKENS,
    downloadPassed: TOKENS,
    healthCommand: [
      'python3',
      '-c',
      `import urllib.request as r; r.urlopen("http://127.0.0.1:${PORTS.side}/health/ready")`,
    ],
  };
}
