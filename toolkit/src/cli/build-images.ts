import { resolve } from 'node:path';
import { messageOf } from 'aim-runtime/system';
import { parsePlatform } from '../images/base-image.ts';
import { buildAll } from '../images/build-all.ts';
import type { BuildOptions, BuildResult, ImageBuilder } from '../images/builder.ts';
import { keepVersions } from '../images/keep-versions.ts';
import { parseRegistry, parseTag, type NamingOptions, type TagScheme } from '../images/names.ts';
import type { ImagePlan, SourceStamp } from '../images/plan.ts';
import { markUncommitted } from '../images/stamp.ts';
import type { Platform } from '../oci/types.ts';
import { chooseTarget, type BuildTarget, type TargetFlags } from './build-target.ts';
import { renderBytes } from './present/bytes.ts';
import { describeEvent } from './present/events.ts';
import { openLock, type Tagging } from './tagging.ts';
import type { Session } from './session.ts';

/** Result of the commands that build: the plans under `--dry-run`, else what was built. */
export type BuildReport = { readonly plans: readonly ImagePlan[] } | { readonly images: readonly BuildResult[] };

export interface BuildSettings {
  readonly target: BuildTarget;
  readonly host: string | undefined;
  readonly cache: boolean;
  /** Images at a time; undefined for what suits the builder. */
  readonly concurrency: number | undefined;
  readonly dryRun: boolean;
  /** Base reference that can only be on the engine itself. */
  readonly localBase: string | undefined;
  readonly platform: Platform;
  readonly insecure: boolean;
  readonly allowBaseUpload: boolean;
  /** How images in a registry get their tags; undefined for the tags that the plans name. */
  readonly tagging: Tagging | undefined;
  /** What makes the images, when the caller has it already. */
  readonly builder?: ImageBuilder;
}

const ENGINE_CONCURRENCY = 2;
/** Requests are what takes time in a registry, and many of them may be on their way at once. */
export const REGISTRY_CONCURRENCY = 16;

/** Builds the plans and puts them where the target says, or just returns them. */
export async function buildImages(
  session: Session,
  plans: readonly ImagePlan[],
  settings: BuildSettings,
): Promise<BuildReport> {
  if (settings.dryRun) return { plans };
  const { target } = settings;
  const forPlan = optionsFor(session, settings);
  if (target.kind === 'disk') return { images: await writeToDisk(session, plans, { ...settings, target, forPlan }) };
  const suits = target.kind === 'registry' ? REGISTRY_CONCURRENCY : ENGINE_CONCURRENCY;
  const images = await buildAll(settings.builder ?? (await createBuilder(session, settings)), plans, {
    concurrency: settings.concurrency ?? suits,
    forPlan,
    onBuilt: (result) => session.progress.endTask(result.reference, describeResult(result)),
    onFailed: ({ reference }, error) => session.progress.endTask(reference, `failed: ${messageOf(error)}`),
  });
  return { images };
}

async function writeToDisk(
  session: Session,
  plans: readonly ImagePlan[],
  settings: BuildSettings & {
    readonly target: Extract<BuildTarget, { kind: 'disk' }>;
    readonly forPlan: (plan: ImagePlan) => BuildOptions;
  },
): Promise<BuildResult[]> {
  const { createAssembler } = await import('../images/registry-builder.ts');
  const { writeImages } = await import('../images/layout-builder.ts');
  const registry = await session.connectRegistries(settings.insecure);
  const assembled = await Promise.all(plans.map(createAssembler(registry, settings.platform)));
  const { target } = settings.target;
  const images = await writeImages(registry, assembled, { target, forImage: ({ plan }) => settings.forPlan(plan) });
  for (const result of images) session.progress.endTask(result.reference, describeResult(result));
  return images;
}

async function createBuilder(session: Session, settings: BuildSettings): Promise<ImageBuilder> {
  const { target, platform, insecure, allowBaseUpload, host, localBase, tagging: tags } = settings;
  if (target.kind === 'registry') {
    const { createRegistryBuilder } = await import('../images/registry-builder.ts');
    const registry = await session.connectRegistries(insecure);
    return keepVersions(createRegistryBuilder(registry, { platform, allowBaseUpload, tags, lock: openLock(session) }));
  }
  const engine = await session.connect(host);
  if (target.kind !== 'load') return session.createBuilder(engine, (base) => base === localBase);
  const { createAssembler } = await import('../images/registry-builder.ts');
  const { createLoadBuilder } = await import('../images/load-builder.ts');
  const registry = await session.connectRegistries(insecure);
  return createLoadBuilder(engine, { registry, assemble: createAssembler(registry, platform) });
}

function optionsFor(
  { progress, signal }: Session,
  { cache, platform }: BuildSettings,
): (plan: ImagePlan) => BuildOptions {
  return ({ reference }) => ({
    noCache: !cache,
    platform,
    signal,
    onEvent: (event) => {
      const shown = describeEvent(event);
      if ('task' in shown) progress.task(reference, shown.task);
      else if ('note' in shown) progress.note(shown.note);
      else progress.detail(`${reference}: ${shown.detail}`);
    },
  });
}

function describeResult({ action, movedBytes }: BuildResult): string {
  return movedBytes === 0 ? action : `${action}, ${renderBytes(movedBytes)} moved`;
}

export interface BuildFlags extends TargetFlags {
  readonly host?: string | undefined;
  readonly cache: boolean;
  readonly 'dry-run': boolean;
  readonly platform: string;
  readonly insecure: boolean;
  readonly 'allow-base-upload': boolean;
}

/** The flags both kinds of image share, as checked values. @throws AimError usage */
export function buildSettings(flags: BuildFlags): Omit<BuildSettings, 'concurrency' | 'localBase' | 'tagging'> {
  return {
    target: chooseTarget(flags),
    host: flags.host,
    cache: flags.cache,
    dryRun: flags['dry-run'],
    platform: parsePlatform(flags.platform),
    insecure: flags.insecure,
    allowBaseUpload: flags['allow-base-upload'],
  };
}

/** Naming flags as checked values. @throws AimError usage */
export function namingOf(flags: {
  readonly registry?: string | undefined;
  readonly tag?: string | undefined;
  readonly 'tag-scheme': TagScheme;
}): NamingOptions {
  return {
    registry: flags.registry === undefined ? undefined : parseRegistry(flags.registry),
    tag: flags.tag === undefined ? undefined : parseTag(flags.tag),
    scheme: flags['tag-scheme'],
  };
}

/** `--profiles`, else the profiles that belong to this program. */
export function profilesFolder(flag: string | undefined, root: string): string {
  return flag === undefined ? resolve(root, 'profiles') : resolve(flag);
}

/** Time and revision of what images are made of: this program's own files, or those that flags name instead. */
export function stampOf(
  { locations, exec, ...session }: Pick<Session, 'stamp' | 'locations' | 'exec'>,
  flags: { readonly profiles?: string | undefined; readonly runtime?: string | undefined },
): SourceStamp {
  const { root, runtime, recordedStamp } = locations;
  const paths = [
    { given: flags.profiles, own: profilesFolder(undefined, root) },
    { given: flags.runtime, own: runtime },
  ];
  return markUncommitted(session.stamp(), { repository: recordedStamp === undefined ? root : undefined, paths }, exec);
}
