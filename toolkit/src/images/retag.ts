import type { ContainerEngine } from '../docker/engine.ts';
import { failure } from '../exit-codes.ts';
import { formatManifest, parseReference, tagOrDigest } from '../oci/reference.ts';
import type { Registry } from '../oci/registry.ts';
import { planRetag, type RetagAction } from '../versions/retag.ts';
import { isBuiltHere, listAimImages } from './list.ts';
import { modelRepository } from './names.ts';
import { selectTags } from './select-tags.ts';

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

export interface RegistryTagRequest {
  /** The image, by a tag or a digest. */
  readonly source: string;
  readonly tag: string;
  /** Digests of versions that were written lately, by reference: the registry may not show them yet. */
  readonly written?: ReadonlyMap<string, string>;
}

/**
 * Plans a further tag in a registry: the manifest, the tag and the list of tags are read.
 * @throws AimError check-failed when the tag may not name this image, usage or remote
 */
export async function planRegistryTag(registry: Registry, request: RegistryTagRequest): Promise<PlannedTag> {
  const { source: text, tag, written = new Map<string, string>() } = request;
  const source = parseReference(text);
  const reference = formatManifest(source, tag);
  const [{ digest }, head, listed] = await Promise.all([
    registry.getManifest(source),
    registry.headManifest(source, tag),
    registry.listTags(source),
  ]);
  const current = written.get(reference) ?? head?.digest;
  const tags = [...listed, ...selectTags(source, written.keys())];
  const sourceTag = source.digest === undefined ? tagOrDigest(source) : undefined;
  const action = planRetag({ source: sourceTag, digest, tag, current, tags });
  return { source: text, reference, digest, previousDigest: current ?? null, action };
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
