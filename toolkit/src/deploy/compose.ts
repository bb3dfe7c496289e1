import type { TextFile } from '../documents/write.ts';
import { IMAGE_PATHS } from '../images/plan.ts';
import { DRAIN_SECONDS, GRACE_SECONDS, PORTS, type DeploymentPlan } from './deployment-plan.ts';
import { downloadArgs } from './environment.ts';
import { planLocal, type LocalOptions } from './local-options.ts';
import { renderYaml } from './yaml.ts';

/** A service of a compose file, as far as it is used. https://github.com/compose-spec/compose-spec */
interface ComposeService {
  readonly image: string;
  readonly command?: readonly string[];
  readonly user: string;
  /** Null takes the value from the environment that starts it. */
  readonly environment: Readonly<Record<string, string | null>>;
  readonly read_only: true;
  readonly tmpfs: readonly string[];
  readonly cap_drop: readonly string[];
  readonly security_opt: readonly string[];
  readonly volumes: readonly ComposeMount[];
  readonly devices?: readonly string[];
  readonly group_add?: readonly string[];
  readonly ports?: readonly string[];
  readonly shm_size?: number;
  readonly mem_limit?: number;
  readonly stop_grace_period?: string;
  readonly restart?: 'unless-stopped' | 'on-failure';
  readonly healthcheck?: {
    readonly test: readonly string[];
    readonly interval: string;
    readonly timeout: string;
    readonly retries: number;
    readonly start_period: string;
  };
  readonly depends_on?: Readonly<Record<string, { readonly condition: 'service_completed_successfully' }>>;
}

interface ComposeMount {
  readonly type: 'volume' | 'bind';
  /** Absent for a volume that lives as long as its container. */
  readonly source?: string;
  readonly target: string;
  readonly read_only?: boolean;
}

/** A compose file, as far as it is used. */
export interface ComposeFile {
  readonly name: string;
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly volumes?: Readonly<Record<string, { readonly name: string }>>;
}

const VOLUME = 'models';

/** The file, and beside it a profile that the image does not hold. */
export function renderCompose(plan: DeploymentPlan): TextFile[] {
  const { file } = plan.profile;
  const local = planLocal(plan);
  return [
    { path: 'compose.yaml', text: renderYaml(escapeStrings(composeFile(plan, local))) },
    ...(file && local.profile ? [{ path: local.profile.source, text: file.text }] : []),
  ];
}

function composeFile(plan: DeploymentPlan, local: LocalOptions): ComposeFile {
  const named = plan.cache.kind === 'pvc' || plan.cache.kind === 'preload';
  return {
    name: plan.name,
    services: {
      server: serverService(plan, local),
      ...(plan.cache.kind === 'preload' ? { preload: preloadService(plan, local) } : {}),
    },
    ...(named ? { volumes: { [VOLUME]: { name: local.cacheSource } } } : {}),
  };
}

function serverService(plan: DeploymentPlan, local: LocalOptions): ComposeService {
  const { sizes, cache } = plan;
  return {
    ...sharedSettings(plan, local),
    environment: { ...local.variables, ...unset(local.passed) },
    devices: local.devices,
    group_add: local.groups,
    volumes: [
      ...modelMounts(plan, local, cache.kind === 'preload'),
      ...(local.profile
        ? [
            {
              type: 'bind' as const,
              source: `./${local.profile.source}`,
              target: local.profile.target,
              read_only: true,
            },
          ]
        : []),
    ],
    ports: [`${PORTS.http}:${PORTS.http}`],
    shm_size: sizes.sharedMemoryBytes,
    mem_limit: sizes.memoryLimitBytes,
    stop_grace_period: `${GRACE_SECONDS}s`,
    restart: 'unless-stopped',
    healthcheck: {
      test: ['CMD', ...local.healthCommand],
      interval: '10s',
      timeout: '10s',
      retries: 6,
      start_period: `${sizes.startupSeconds}s`,
    },
    ...(cache.kind === 'preload'
      ? { depends_on: { preload: { condition: 'service_completed_successfully' as const } } }
      : {}),
  };
}

function preloadService(plan: DeploymentPlan, local: LocalOptions): ComposeService {
  return {
    ...sharedSettings(plan, local),
    command: downloadArgs(plan.profile.checkpoint),
    environment: unset(local.downloadPassed),
    volumes: modelMounts(plan, local, false),
    restart: 'on-failure',
    stop_grace_period: `${DRAIN_SECONDS}s`,
  };
}

function sharedSettings(plan: DeploymentPlan, { user, scratch }: LocalOptions) {
  return {
    image: plan.image.reference,
    user,
    read_only: true as const,
    tmpfs: scratch,
    cap_drop: ['ALL'],
    security_opt: ['no-new-privileges:true'],
  };
}

function modelMounts({ cache }: DeploymentPlan, { cacheSource }: LocalOptions, readOnly: boolean): ComposeMount[] {
  const target = IMAGE_PATHS.modelCache;
  const access = readOnly ? { read_only: true } : {};
  if (cache.kind === 'hostpath') return [{ type: 'bind', source: cacheSource, target, ...access }];
  return [{ type: 'volume', ...(cache.kind === 'ephemeral' ? {} : { source: VOLUME }), target, ...access }];
}

function unset(names: readonly string[]): Record<string, null> {
  return Object.fromEntries(names.map((name) => [name, null]));
}

/** Compose puts variables of its own environment in place of `$NAME` in every value; names are taken as they are. */
function escapeStrings(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('$', '$$$$');
  if (Array.isArray(value)) return value.map(escapeStrings);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, escapeStrings(each)]));
}
