import { parseReference } from '../oci/reference.ts';
import type { Registry } from '../oci/registry.ts';
import { mapLimited } from '../images/map-limited.ts';
import { selectVersions } from '../versions/tags.ts';
import { formatVersion } from '../versions/version.ts';
import type { DocumentedModel } from './facts.ts';
import type { LatestImage } from './images-page.ts';

/** Repositories asked about at the same time. */
const CONCURRENT = 16;
const BASE = { title: 'Base image, for any model', repository: 'aim-base' };

/** What a registry is asked. */
export type ImageLister = Pick<Registry, 'listTags' | 'headManifest'>;

/**
 * The newest official image of the base and of each model, in the order of the models: two requests for each.
 * @param registry HOST[/NAMESPACE]
 * @throws AimError remote or environment when the registry does not answer
 */
export async function loadLatestImages(
  client: ImageLister,
  registry: string,
  models: readonly Pick<DocumentedModel, 'name' | 'repository'>[],
): Promise<LatestImage[]> {
  const wanted = [BASE, ...models.map(({ name, repository }) => ({ title: name, repository }))];
  return mapLimited(wanted, CONCURRENT, async (image) => ({
    ...image,
    latest: await findLatest(client, `${registry}/${image.repository}`, image === BASE ? 'base' : 'model'),
  }));
}

async function findLatest(client: ImageLister, name: string, kind: 'base' | 'model'): Promise<LatestImage['latest']> {
  const repository = parseReference(name);
  const versions = selectVersions(await client.listTags(repository), kind);
  const newest = versions.findLast(({ stage }) => stage === 'official');
  if (newest === undefined) return null;
  const tag = formatVersion(newest);
  const head = await client.headManifest(repository, tag);
  // A tag that was removed meanwhile.
  return head === undefined ? null : { tag, digest: head.digest };
}
