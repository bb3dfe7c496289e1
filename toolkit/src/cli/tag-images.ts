import { failure } from '../exit-codes.ts';
import { parseRegistry, parseTag } from '../images/names.ts';
import { planEngineTags, planRegistryTag, type PlannedTag } from '../images/retag.ts';
import { scopeOf } from '../images/write-next.ts';
import { parseReference } from '../oci/reference.ts';
import { confirmPlan } from './confirm.ts';
import { renderTags, type TagReport } from './present/tags.ts';
import { lockTags } from './tagging.ts';
import type { Session } from './session.ts';

export interface TagFlags {
  readonly tag?: string | undefined;
  readonly registry?: string | undefined;
  readonly images?: readonly string[] | undefined;
  readonly host?: string | undefined;
  readonly insecure: boolean;
  readonly 'dry-run': boolean;
  readonly yes: boolean;
}

/** Tags one image in its registry, or the images of an engine for a registry. @throws AimError usage */
export async function tagImages(session: Session, flags: TagFlags, reference: string | undefined): Promise<TagReport> {
  const work = reference === undefined ? await onEngine(session, flags) : await inRegistry(session, flags, reference);
  const plan = { applied: false, tags: work.tags };
  const isPending = work.tags.some(({ action }) => action !== 'keep');
  if (flags['dry-run']) return plan;
  if (isPending) await confirmPlan(session, renderTags(plan), { yes: flags.yes || !work.needsConsent });
  for (const tag of work.tags) if (tag.action !== 'keep') await work.apply(tag);
  return { ...plan, applied: true };
}

interface Work {
  readonly tags: readonly PlannedTag[];
  /** A registry is seen by others, an engine is not. */
  readonly needsConsent: boolean;
  apply(tag: PlannedTag): Promise<void>;
}

async function inRegistry(session: Session, flags: TagFlags, reference: string): Promise<Work> {
  if (flags.tag === undefined || flags.images !== undefined || flags.registry !== undefined) {
    throw failure('usage', {
      message: 'a REFERENCE goes with --tag, and with neither --registry nor --images',
      hint: 'For example: aimctl tag ghcr.io/my-org/aim-base:0.9 --tag stable',
    });
  }
  const registry = await session.connectRegistries(flags.insecure);
  return {
    tags: [await planRegistryTag(registry, { source: reference, tag: parseTag(flags.tag) })],
    needsConsent: true,
    apply: async (tag) => {
      const { applyRegistryTag } = await import('../release/apply-tag.ts');
      const { clock, signal } = session;
      await lockTags(session, scopeOf(parseReference(reference)), (held, onWritten) =>
        applyRegistryTag({ registry, clock, signal }, tag, { held, onWritten }),
      );
    },
  };
}

async function onEngine(session: Session, flags: TagFlags): Promise<Work> {
  if (flags.registry === undefined || flags.tag !== undefined) {
    throw failure('usage', {
      message: flags.tag === undefined ? 'no image and no registry was named' : '--tag needs a REFERENCE',
      hint: 'Give REFERENCE --tag TAG for an image in a registry, or --registry for those on the Docker Engine.',
    });
  }
  const registry = parseRegistry(flags.registry);
  const engine = await session.connect(flags.host);
  return {
    tags: await planEngineTags(engine, { registry, images: flags.images ?? [] }),
    needsConsent: false,
    apply: ({ digest, reference }) => engine.tagImage(digest, reference),
  };
}
