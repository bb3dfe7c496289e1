import { basename } from 'node:path';
import { renderJson } from 'aim-runtime/engine';
import type { Profile } from 'aim-runtime/profile';
import type { ContainerSpec } from '../docker/containers.ts';
import { IMAGE_PATHS } from '../images/plan.ts';
import { END_OF_ARCHIVE, padding, renderHeader } from '../images/ustar.ts';
import { withBackendArgs } from './backend-args.ts';
import type { Choice } from './choices.ts';
import type { DeviceAccess } from './devices.ts';
import { renderLabels, type EndpointFacts } from './endpoint.ts';
import type { EndpointImage } from './endpoint-image.ts';

/** Everything that decides what an endpoint's container is made of. */
export interface ContainerInput {
  readonly name: string;
  readonly facts: EndpointFacts;
  readonly choice: Choice;
  readonly image: EndpointImage;
  readonly devices: DeviceAccess;
  /** Folder of this host that holds models. */
  readonly cacheDir: string;
  /** Variables of this host that are passed on, such as HF_TOKEN. */
  readonly hostEnv: Readonly<Record<string, string>>;
  /** Variables the user gave for the container. */
  readonly userEnv: Readonly<Record<string, string>>;
  /** `uid:gid`; undefined for the image's own user. */
  readonly user: string | undefined;
}

/** A container to be made, with a profile to be put into it before it starts. */
export interface ContainerPlan {
  readonly spec: ContainerSpec;
  readonly profileFile: ProfileFile | undefined;
}

/** A profile that the image does not hold. */
export interface ProfileFile {
  /** Path inside the container. */
  readonly path: string;
  /** The profile as JSON, which is YAML. */
  readonly text: string;
}

/** A limit, not a reservation: engines hand tensors between their processes through it. */
const SHARED_MEMORY_BYTES = 16 * 1024 ** 3;
const LONGEST_DRAIN_SECONDS = 86_400;

/** Plans the container of an endpoint; pure. */
export function planContainer(input: ContainerInput): ContainerPlan {
  const { name, facts, choice, image, devices, cacheDir } = input;
  const profileFile = planProfileFile(choice.profile, image, facts.model);
  return {
    profileFile,
    spec: {
      name,
      image: image.reference,
      env: planEnv(input),
      labels: renderLabels(facts),
      user: input.user,
      binds: [{ source: cacheDir, target: IMAGE_PATHS.modelCache }],
      devices: devices.paths,
      groups: devices.groups,
      sharedMemoryBytes: SHARED_MEMORY_BYTES,
      ports: [{ containerPort: facts.containerPort, hostAddress: facts.address, hostPort: facts.port }],
    },
  };
}

function planEnv(input: ContainerInput): Record<string, string> {
  const { facts, choice, image, devices, hostEnv, userEnv } = input;
  const { profile } = choice;
  const engineArgs = withBackendArgs(facts.backend, choice.engineArgs);
  return {
    ...hostEnv,
    ...(image.kind === 'base' ? { AIM_MODEL_ID: facts.model } : {}),
    AIM_PROFILE_ID: profile.id,
    AIM_ENGINE: facts.backend,
    AIM_METRIC: facts.metric,
    AIM_GPU_MODEL: facts.gpuModel,
    AIM_GPU_COUNT: String(facts.gpus.length),
    ...(Object.keys(engineArgs).length === 0 ? {} : { AIM_ENGINE_ARGS: renderJson(engineArgs) }),
    ...devices.env,
    // How long it may drain is said when it is stopped.
    ...(facts.supervised ? { AIM_DRAIN_SECONDS: String(LONGEST_DRAIN_SECONDS) } : {}),
    ...userEnv,
    // The published port leads to this one.
    AIM_PORT: String(facts.containerPort),
  };
}

/** A profile the image cannot hold: one of the model when the image is for any, and one of the user's own. */
export function planProfileFile(profile: Profile, image: EndpointImage, model: string): ProfileFile | undefined {
  const file = basename(profile.path);
  const text = `${JSON.stringify(profile.source, undefined, 2)}\n`;
  if (profile.layer === 'custom') return { path: `${IMAGE_PATHS.profiles}/custom/${file}`, text };
  if (profile.layer === 'general' || image.kind === 'model') return undefined;
  return { path: `${IMAGE_PATHS.profiles}/${model}/${file}`, text };
}

/** A tar archive of one file with its folders, to be unpacked at the root. */
export function packFile(path: string, content: Buffer): Buffer {
  const parts = path.split('/').slice(1);
  const entry = { mode: 0o644, owner: 0, mtime: 0, sizeBytes: content.length };
  const folders = parts.slice(0, -1).map((_, depth) =>
    renderHeader({
      ...entry,
      kind: 'directory',
      mode: 0o755,
      path: parts.slice(0, depth + 1).join('/'),
      sizeBytes: 0,
    }),
  );
  const file = renderHeader({ ...entry, kind: 'file', path: parts.join('/') });
  return Buffer.concat([...folders, file, content, padding(content.length), END_OF_ARCHIVE]);
}
