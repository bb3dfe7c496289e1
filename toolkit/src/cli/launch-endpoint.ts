import { join, resolve } from 'node:path';
import type { Engine, Metric, Precision } from 'aim-runtime/profile';
import { AimError } from 'aim-runtime/system';
import type { ContainerHost } from '../docker/containers.ts';
import type { Endpoint } from '../engine/endpoint.ts';
import { explainLaunch, type Explanation } from '../engine/explain.ts';
import { findEndpoints } from '../engine/find.ts';
import { launch, type LaunchResult } from '../engine/launch.ts';
import {
  loadModelChoices,
  parseAddress,
  parseModel,
  parseName,
  type LaunchRequest,
  type ModelProfiles,
} from '../engine/request.ts';
import { parseRegistry } from '../images/names.ts';
import { parseReference } from '../oci/reference.ts';
import { profilesFolder } from './build-images.ts';
import { createLaunchEvents, showPull } from './present/launch.ts';
import { parseEngineArgs } from './engine-args.ts';
import { parseVariable } from './variables.ts';
import type { Session } from './session.ts';

/** What `launch` is called with. */
export interface LaunchFlags {
  readonly model: string;
  readonly gpuCount: number | undefined;
  readonly precision?: Precision | undefined;
  readonly backend: Engine;
  readonly metric: Metric;
  readonly port?: number | undefined;
  readonly bind: string;
  readonly image?: string | undefined;
  readonly registry?: string | undefined;
  readonly profile?: string | undefined;
  readonly profiles?: string | undefined;
  readonly recipe?: string | undefined;
  readonly name?: string | undefined;
  readonly gpus?: string | undefined;
  readonly 'engine-args'?: string | undefined;
  readonly 'cache-dir'?: string | undefined;
  readonly env?: readonly string[] | undefined;
  readonly timeout: number;
  readonly supervise: boolean;
  readonly test: boolean;
  readonly detach: boolean;
  readonly host?: string | undefined;
}

/** Launches a model as the flags say. @throws AimError */
export async function launchEndpoint(session: Session, flags: LaunchFlags): Promise<LaunchResult> {
  const request = await toRequest(session, flags);
  const host = await session.endpointHost();
  return launch(request, {
    containers: await session.connectContainers(flags.host),
    connectImages: () => session.connect(flags.host),
    detectHardware: host.detectHardware,
    loadProfiles: (wanted) => loadProfilesOf(session, flags, wanted),
    host: host.settings,
    version: session.locations.version,
    signal: session.signal,
    events: createLaunchEvents(session.progress),
    nowMs: () => performance.now(),
    onPull: showPull(session.progress),
  });
}

/** Says what a launch would do; needs no Docker Engine, which only knows of other endpoints. @throws AimError */
export async function explainEndpoint(session: Session, flags: LaunchFlags): Promise<Explanation> {
  const request = await toRequest(session, flags);
  const { locations, progress } = session;
  const endpoints = await findEndpointsIfAny(
    () => session.connectContainers(flags.host),
    (text) => progress.note(text),
  );
  return explainLaunch(request, {
    model: await loadProfilesOf(session, flags, request),
    hardware: (await session.endpointHost()).detectHardware(),
    endpoints,
    version: locations.version,
  });
}

function loadProfilesOf(
  { locations: { root } }: Session,
  flags: LaunchFlags,
  request: LaunchRequest,
): Promise<ModelProfiles> {
  return loadModelChoices(profilesFolder(flags.profiles, root), request, join(root, 'recipes'));
}

async function findEndpointsIfAny(
  connect: () => Promise<ContainerHost>,
  note: (text: string) => void,
): Promise<readonly Endpoint[]> {
  try {
    return await findEndpoints(await connect());
  } catch (error) {
    if (!(error instanceof AimError) || error.code !== 'environment') throw error;
    note(`Running endpoints are not known: ${error.message}`);
    return [];
  }
}

async function toRequest(session: Session, flags: LaunchFlags): Promise<LaunchRequest> {
  const request = await toPlainRequest(session, flags);
  const text = flags['engine-args'];
  if (text === undefined) return request;
  // A profile that was named brings its own engine along.
  const named = request.profile === undefined ? undefined : (await loadProfilesOf(session, flags, request)).named;
  return { ...request, engineArgs: await parseEngineArgs(text, named?.metadata.engine ?? request.backend) };
}

/** The request without the user's engine arguments: which there are depends on the profile. */
async function toPlainRequest(session: Session, flags: LaunchFlags): Promise<LaunchRequest> {
  const { precision, backend, metric, port, bind, image, registry, profile, recipe, name, test, detach } = flags;
  return {
    ...{ precision, backend, metric, port, profile, recipe, test, detach },
    model: parseModel(flags.model),
    gpuCount: flags.gpuCount,
    address: parseAddress(bind),
    image: image === undefined ? undefined : parseReference(image).text,
    registry: registry === undefined ? undefined : parseRegistry(registry),
    name: name === undefined ? undefined : parseName(name),
    gpus: flags.gpus?.split(',').map((gpu) => gpu.trim()),
    engineArgs: {},
    cacheDir: resolve(flags['cache-dir'] ?? (await session.endpointHost()).cacheDir),
    env: {
      ...(flags.supervise ? { AIM_SUPERVISE: 'true' } : {}),
      ...Object.fromEntries((flags.env ?? []).map(parseVariable)),
    },
    timeoutMs: flags.timeout * 1000,
  };
}
