import { failure } from '../exit-codes.ts';
import type { LayoutVersion } from '../images/labels.ts';
import { loadModelPlans } from '../images/load-plans.ts';
import { baseReference, type TagScheme } from '../images/names.ts';
import type { ImagePlan } from '../images/plan.ts';
import { parseReference } from '../oci/reference.ts';
import type { Registry } from '../oci/registry.ts';
import { namingOf, profilesFolder, stampOf } from './build-images.ts';
import { findOwnBase, openTagging, type Tagging, type TaggingFlags } from './tagging.ts';
import type { Session } from './session.ts';

export interface ModelFlags {
  readonly all: boolean;
  readonly registry?: string | undefined;
  readonly tag?: string | undefined;
  readonly 'tag-scheme': TagScheme;
  readonly base?: string | undefined;
  readonly profiles?: string | undefined;
  readonly 'layout-version': LayoutVersion;
}

export interface RequestedModels {
  readonly plans: readonly ImagePlan[];
  /** The base, where it can only be on the engine itself. */
  readonly localBase: string | undefined;
}

/** Models that are pushed, and how they get their tags: undefined where `--tag` says it. */
export interface TaggedModels extends RequestedModels {
  readonly tagging: Tagging | undefined;
  readonly registry: Registry;
}

/**
 * As {@link loadRequestedModels}, on the base that this run's event asks for.
 * @throws AimError also remote or environment when the registry does not tell which bases there are
 */
export async function loadTaggedModels(
  session: Session,
  flags: ModelFlags & TaggingFlags & { readonly insecure: boolean },
  names: readonly string[],
): Promise<TaggedModels> {
  const tagging = flags.tag === undefined ? openTagging(session, flags) : undefined;
  const registry = await session.connectRegistries(flags.insecure);
  const base = tagging && (await findOwnBase(registry, tagging, flags));
  return { ...loadRequestedModels(session, { ...flags, base: base ?? flags.base }, names), tagging, registry };
}

/** Plans of the models a command was asked for. @throws AimError usage or check-failed */
export function loadRequestedModels(session: Session, flags: ModelFlags, names: readonly string[]): RequestedModels {
  if (flags.all === names.length > 0) {
    throw failure('usage', {
      message: flags.all ? 'name models or give --all, not both' : 'no model was named',
      hint: 'For example: aimctl build-model meta-llama/Llama-3.1-8B-Instruct',
    });
  }
  const { locations } = session;
  const naming = namingOf(flags);
  const ownBase = baseReference(locations.version, { ...naming, tag: undefined });
  const plans = loadModelPlans({
    version: locations.version,
    base: flags.base === undefined ? ownBase : parseReference(flags.base).text,
    naming,
    stamp: stampOf(session, { profiles: flags.profiles }),
    layoutVersion: flags['layout-version'],
    profiles: profilesFolder(flags.profiles, locations.root),
    models: { names, all: flags.all },
  });
  return { plans, localBase: naming.registry === undefined ? ownBase : undefined };
}
