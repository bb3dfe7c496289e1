import { formatManifest, type Repository } from '../oci/reference.ts';

/** The tags of a repository among references, whichever repositories these are of. */
export function selectTags(repository: Repository, references: Iterable<string>): string[] {
  const prefix = formatManifest(repository, '');
  return [...references].filter((one) => one.startsWith(prefix)).map((one) => one.slice(prefix.length));
}
