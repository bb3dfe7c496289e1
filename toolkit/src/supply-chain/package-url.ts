import { formatRepository, type Repository } from '../oci/reference.ts';

/** Package URL of an image by digest. @see https://github.com/package-url/purl-spec */
export function imagePurl(repository: Repository, digest: string): string {
  const name = repository.name.slice(repository.name.lastIndexOf('/') + 1);
  const where = encodeURIComponent(formatRepository(repository)).replaceAll('%2F', '/');
  return `pkg:oci/${encodeURIComponent(name)}@${encodeURIComponent(digest)}?repository_url=${where}`;
}

/** Package URL of an npm package; the `@` of a scope is escaped. */
export function npmPurl(name: string, version: string): string {
  return `pkg:npm/${name.replace('@', '%40')}@${encodeURIComponent(version)}`;
}
