import type { ContainerEngine } from '../docker/engine.ts';
import { failure } from '../exit-codes.ts';
import { formatManifest, parseReference, tagOrDigest } from '../oci/reference.ts';
import type { Registry } from '../oci/registry.ts';
import { planRetag, type RetagAction } from '../versions/retag.ts';
import { isBuiltHere, listAimImages } from './list.ts';
import { modelRepository } from './names.ts';

/** A further name for an image. */
export interface PlannedTag {
  readonly source: string;
  /** Name and tag it gets. */
  readonly reference: string;
  /** Digest of its manifest, or its id on an engine. */
  readonly digest: string;
  readonly previousDigest: string | null;
  readonly action: RetagAction;
}

/**
 * Plans a further tag in a registry: the manifest, the tag and the list of tags are read.
 * @throws AimError check-failed when the tag may not name this image, usage or remote
 */
export async function planRegistryTag(registry: Registry, text: string, tag: string): Promise<PlannedTag> {
  const source = parseReference(text);
  const [stored, head, tags] = await Promise.all([
    registry.getManifest(source),
    registry.headManifest(source, tag),
    registry.listTags(source),
  ]);
  const { digest } = stored;
  const sourceTag = source.digest === undefined ? tagOrDigest(source) : undefined;
  const action = planRetag({ source: sourceTag, digest, tag, current: head?.digest, tags });
  return { source: text, reference: formatManifest(source, tag), digest, previousDigest: head?.digest ?? null, action };
}

/** Does it: one manifest is written, byte for byte as it is. @throws AimError remote */
export async function applyRegistryTag(registry: Registry, { source, reference, digest }: PlannedTag): Promise<void> {
  const from = parseReference(source);
  const { tag } = parseReference(reference);
  const stored = await registry.getManifest({ ...from, tag: undefined, digest });
  const put = await registry.putManifest(from, tag ?? digest, stored);
  if (put.outcome === 'stored') return;
  throw failure('remote', {
    message: `cannot tag ${reference}: ${put.message}`,
    hint: 'The registry has lost parts of this image; push it again.',
  });
}

export interface EngineTagRequest {
  /** `HOST[/NAMESPACE]`. */
  readonly registry: string;
  /** Repositories or models; empty for all. */
  readonly images: readonly string[];
}

/** Plans names for a registry for the images that were built on an engine. @throws AimError usage or environment */
export async function planEngineTags(engine: ContainerEngine, request: EngineTagRequest): Promise<PlannedTag[]> {
  const built = (await listAimImages(engine)).filter(({ reference }) => isBuiltHere(reference));
  const wanted = new Set(request.images.map(repositoryOf));
  const chosen = built.filter(({ reference }) => wanted.size === 0 || wanted.has(reference.split(':', 1)[0] ?? ''));
  if (chosen.length === 0) {
    throw failure('usage', {
      message: `no such image was built on the engine at ${engine.endpoint}`,
      hint: 'Build one first, for example with `aimctl build-base`; `aimctl images` shows what there is.',
    });
  }
  return Promise.all(
    chosen.map(async ({ reference, id }) => {
      const name = `${request.registry}/${reference}`;
      const current = (await engine.inspectImage(name))?.id;
      const action = current === undefined ? 'create' : current === id ? 'keep' : 'move';
      return { source: reference, reference: name, digest: id, previousDigest: current ?? null, action };
    }),
  );
}

/** `base`, `aim-base`, `org/model` or `aim-org-model` as a repository. */
function repositoryOf(name: string): string {
  if (name === 'base') return 'aim-base';
  return name.includes('/') ? modelRepository(name) : name;
}
