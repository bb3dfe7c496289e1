import { resolve } from 'node:path';
import type { BuildResult } from '../images/builder.ts';
import { buildAll } from '../images/build-all.ts';
import { parseRegistry, parseTag, type NamingOptions, type TagScheme } from '../images/names.ts';
import type { ImagePlan } from '../images/plan.ts';
import type { EngineEvent } from '../docker/engine.ts';
import { describeEvent } from './present/events.ts';
import type { Session } from './wire.ts';

/** Result of the commands that build: the plans under `--dry-run`, else what was built. */
export type BuildReport = { readonly plans: readonly ImagePlan[] } | { readonly images: readonly BuildResult[] };

export interface BuildSettings {
  readonly host: string | undefined;
  readonly cache: boolean;
  readonly concurrency: number;
  readonly dryRun: boolean;
  /** Base reference that can only be on the engine itself. */
  readonly localBase: string | undefined;
}

/** Builds the plans on the engine, or just returns them. */
export async function buildImages(
  session: Session,
  plans: readonly ImagePlan[],
  settings: BuildSettings,
): Promise<BuildReport> {
  if (settings.dryRun) return { plans };
  const { progress, signal } = session;
  const engine = await session.connect(settings.host);
  const builder = await session.createBuilder(engine, (base) => base === settings.localBase);
  const images = await buildAll(builder, plans, {
    concurrency: settings.concurrency,
    forPlan: ({ reference }) => ({
      noCache: !settings.cache,
      signal,
      onEvent: (event: EngineEvent) => {
        const { text, detail } = describeEvent(event);
        if (detail) progress.detail(`${reference}: ${text}`);
        else progress.update(`${reference}: ${text}`);
      },
    }),
    onBuilt: ({ reference }) => progress.note(`${reference}: built`),
  });
  return { images };
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
