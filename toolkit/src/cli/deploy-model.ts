import { isAbsolute, resolve } from 'node:path';
import type { Interfaces } from '@oclif/core';
import { loadDeployFacts } from '../deploy/load.ts';
import { planDeployment } from '../deploy/plan.ts';
import { renderFiles, renderObjects } from '../deploy/render.ts';
import type { DeploymentPlan } from '../deploy/deployment-plan.ts';
import type { DeployRequest } from '../deploy/request.ts';
import {
  checkVariables,
  parseCacheSize,
  parseDeploymentName,
  parseGateway,
  parseGroups,
  parseHostname,
  parseNamespace,
  parseObjectName,
  parsePrometheusUrl,
  parseSecretReference,
  refuseSecretArgs,
} from '../deploy/values.ts';
import { writeDocuments, type WriteOutcome } from '../documents/write.ts';
import { findFacts } from '../estimate/find-facts.ts';
import { failure } from '../exit-codes.ts';
import { parseRegistry } from '../images/names.ts';
import { formatManifest, parseReference, tagOrDigest, type Reference } from '../oci/reference.ts';
import { profilesFolder } from './build-images.ts';
import { parseEngineArgs } from './engine-args.ts';
import type { deployFlags } from './deploy-flags.ts';
import { parseGpu } from './profile-flags.ts';
import { parseVariable } from './variables.ts';
import type { Session } from './session.ts';

/** What `deploy` is called with. */
export type DeployFlags = Interfaces.InferredFlags<typeof deployFlags> & { readonly model: string };

/** What a cluster made of a deployment. */
export interface AppliedReport {
  readonly context: string;
  readonly server: string;
  readonly objects: readonly { readonly kind: string; readonly name: string; readonly outcome: string }[];
  /** `KIND/NAME` of what it consisted of before and does no more. */
  readonly removed: readonly string[];
  /** Whether it was waited for until it served. */
  readonly ready: boolean;
}

/** Result of `aimctl deploy`. */
export interface DeployReport {
  readonly target: string;
  readonly name: string;
  readonly namespace: string;
  readonly model: string;
  readonly profile: string;
  readonly image: string;
  readonly gpu: { readonly model: string; readonly count: number };
  readonly replicas: { readonly min: number; readonly max: number };
  readonly startup_seconds: number;
  readonly notes: readonly string[];
  /** Objects of the cluster in the order in which they are applied. */
  readonly objects: readonly { readonly api_version: string; readonly kind: string; readonly name: string }[];
  /** What became of them; null when no cluster was asked. */
  readonly cluster: AppliedReport | null;
  readonly files: readonly {
    /** Path below the output folder. */
    readonly name: string;
    readonly text: string;
    /** Null when nothing was asked to be written. */
    readonly written: WriteOutcome | null;
  }[];
}

/** Plans a deployment as the flags say. @throws AimError usage, check-failed, or what a registry says */
export async function planFromFlags(session: Session, flags: DeployFlags): Promise<DeploymentPlan> {
  const request = await toRequest(flags);
  const { locations, signal } = session;
  const sources = session.modelSources();
  const facts = await loadDeployFacts(request, {
    profiles: profilesFolder(flags.profiles, locations.root),
    version: locations.version,
    findFacts: (checkpoint) => findFacts(checkpoint, sources, signal),
    findDigest: flags.pin ? (reference) => findDigest(session, reference, flags.insecure) : undefined,
  });
  return planDeployment(request, facts);
}

/** Renders a deployment, and writes it when a folder is named. @throws AimError check-failed for files in the way */
export async function deployModel(session: Session, flags: DeployFlags): Promise<DeployReport> {
  const folder = parseOutput(flags.output);
  return writeDeployment(session, await planFromFlags(session, flags), { folder, force: flags.force });
}

/** The report of a plan, whose files are written when a folder is named. */
export function writeDeployment(
  session: Pick<Session, 'locations'>,
  plan: DeploymentPlan,
  { folder, force }: { readonly folder: string | undefined; readonly force: boolean },
): DeployReport {
  const files = renderFiles(plan, session.locations.version);
  const outcomes =
    folder === undefined
      ? undefined
      : writeDocuments(
          files.map(({ path, text }) => ({ path: resolve(folder, path), text })),
          { force },
        );
  const { target, name, namespace, model, profile, image, gpus, replicas, autoscaling, sizes, notes } = plan;
  return {
    ...{ target, name, namespace, model, notes, profile: profile.id, image: image.reference },
    gpu: { model: gpus.model, count: gpus.count },
    replicas: { min: autoscaling?.minReplicas ?? replicas, max: autoscaling?.maxReplicas ?? replicas },
    startup_seconds: sizes.startupSeconds,
    objects: renderObjects(plan, target).map(({ apiVersion, kind, metadata }) => ({
      ...{ api_version: apiVersion, kind, name: metadata.name },
    })),
    cluster: null,
    files: files.map(({ path, text }, index) => ({ name: path, text, written: outcomes?.[index] ?? null })),
  };
}

async function toRequest(flags: DeployFlags): Promise<DeployRequest> {
  const { target, model, replicas, autoscaling, precision, metric, engine, profile, cache } = flags;
  const env = Object.fromEntries((flags.env ?? []).map(parseVariable));
  checkVariables(env);
  const engineArgs = await parseEngineArgs(flags['engine-args'], engine);
  refuseSecretArgs(engineArgs);
  return {
    ...{ target, model, replicas, autoscaling, precision, metric, engine, profile, cache, env, engineArgs },
    name: flags.name === undefined ? undefined : parseDeploymentName(flags.name),
    namespace: parseNamespace(flags.namespace ?? 'default'),
    minReplicas: flags['min-replicas'],
    maxReplicas: flags['max-replicas'],
    prometheusUrl: parsePrometheusUrl(flags['prometheus-url']),
    gpuModel: flags['gpu-model'] === undefined ? undefined : parseGpu(flags['gpu-model']),
    gpuCount: flags['gpu-count'],
    checkFit: flags['check-fit'],
    cacheBytes: flags['cache-size'] === undefined ? undefined : parseCacheSize(flags['cache-size']),
    cachePath: parseCachePath(flags['cache-path']),
    storageClass: objectName('--storage-class', flags['storage-class']),
    accessMode: flags['access-mode'],
    hfSecret: flags['hf-secret'] === undefined ? undefined : parseSecretReference(flags['hf-secret']),
    image: flags.image === undefined ? undefined : parseReference(flags.image).text,
    registry: flags.registry === undefined ? undefined : parseRegistry(flags.registry),
    pullSecrets: (flags['pull-secret'] ?? []).map((name) => parseObjectName('--pull-secret', name)),
    hostname: flags.hostname === undefined ? undefined : parseHostname(flags.hostname),
    gateway: flags.gateway === undefined ? undefined : parseGateway(flags.gateway),
    priorityClass: objectName('--priority-class', flags['priority-class']),
    deviceGroups: parseGroups(flags['device-groups']),
  };
}

function objectName(flag: string, text: string | undefined): string | undefined {
  return text === undefined ? undefined : parseObjectName(flag, text);
}

/** Folder to write to; undefined to write nothing. */
function parseOutput(text: string): string | undefined {
  if (text !== '') return text === '-' ? undefined : resolve(text);
  throw failure('usage', {
    message: '--output names no folder',
    hint: 'Give a folder, "." for this one or - to print.',
  });
}

function parseCachePath(text: string): string {
  if (isAbsolute(text) && !text.split('/').includes('..') && !/[,:\n]/.test(text)) return text;
  throw failure('usage', {
    message: `--cache-path takes an absolute path without "..", ":" and ",", not "${text}"`,
    hint: 'For example --cache-path /var/lib/aim/models.',
  });
}

async function findDigest(session: Session, reference: Reference, insecure: boolean): Promise<string> {
  const registry = await session.connectRegistries(insecure);
  const head = await registry.headManifest(reference, tagOrDigest(reference));
  if (head) return head.digest;
  throw failure('remote', {
    message: `there is no ${formatManifest(reference, tagOrDigest(reference))}`,
    hint: 'Push it first, or leave out --pin.',
  });
}
