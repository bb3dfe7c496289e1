import { createHash } from 'node:crypto';
import { refusal, type GitHubAnswer, type GitHubRequest, type GitHubRoute } from './api.ts';
import type { GitHubRepository } from './repository.ts';

export interface StoredAsset {
  readonly id: number;
  readonly name: string;
  readonly bytes: Buffer;
}

export interface StoredRelease {
  readonly id: number;
  readonly tag_name: string;
  readonly target_commitish: string;
  readonly make_latest: string;
  name: string;
  body: string;
  readonly assets: StoredAsset[];
}

const REPOSITORY = '/repos/{owner}/{repo}';

/** Releases and their assets. @see https://docs.github.com/en/rest/releases */
export const RELEASE_ROUTES: readonly GitHubRoute[] = [
  { method: 'GET', path: `${REPOSITORY}/releases/tags/{tag}`, handle: getByTag },
  { method: 'POST', path: `${REPOSITORY}/releases`, handle: create },
  { method: 'PATCH', path: `${REPOSITORY}/releases/{id}`, handle: update },
  { method: 'GET', path: `${REPOSITORY}/releases/{id}/assets`, handle: listAssets },
  { method: 'POST', path: `${REPOSITORY}/releases/{id}/assets`, handle: upload },
  { method: 'DELETE', path: `${REPOSITORY}/releases/assets/{id}`, handle: removeAsset },
];

export function releasesOf({ more }: GitHubRepository): StoredRelease[] {
  const known = more.get('releases') as StoredRelease[] | undefined;
  if (known !== undefined) return known;
  const made: StoredRelease[] = [];
  more.set('releases', made);
  return made;
}

function getByTag(request: GitHubRequest, repository: GitHubRepository): GitHubAnswer {
  const found = releasesOf(repository).find(({ tag_name }) => tag_name === request.params['tag']);
  return found === undefined ? refusal(404, 'Not Found') : { status: 200, body: describe(request, found) };
}

function create(request: GitHubRequest, repository: GitHubRepository): GitHubAnswer {
  const {
    tag_name,
    target_commitish = repository.defaultBranch,
    make_latest = 'true',
    name = '',
    body = '',
  } = request.body as Partial<StoredRelease>;
  if (tag_name === undefined) return refusal(422, 'Validation Failed');
  const releases = releasesOf(repository);
  if (releases.some((one) => one.tag_name === tag_name))
    return refusal(422, 'Validation Failed', [{ resource: 'Release', code: 'already_exists', field: 'tag_name' }]);
  const ref = `refs/tags/${tag_name}`;
  if (!repository.refs.has(ref)) {
    const sha = repository.commits.has(target_commitish)
      ? target_commitish
      : repository.refs.get(`refs/heads/${target_commitish}`);
    if (sha === undefined)
      return refusal(422, 'Validation Failed', [{ resource: 'Release', code: 'invalid', field: 'target_commitish' }]);
    repository.refs.set(ref, sha);
  }
  if (body.length > 125_000) return refusal(422, 'body is too long (maximum is 125000 characters)');
  const release = { id: releases.length + 1, tag_name, target_commitish, make_latest, name, body, assets: [] };
  releases.push(release);
  return { status: 201, body: describe(request, release) };
}

function update(request: GitHubRequest, repository: GitHubRepository): GitHubAnswer {
  const found = releaseOf(request, repository);
  if (found === undefined) return refusal(404, 'Not Found');
  const { name, body } = request.body as Partial<StoredRelease>;
  Object.assign(found, { ...(name === undefined ? {} : { name }), ...(body === undefined ? {} : { body }) });
  return { status: 200, body: describe(request, found) };
}

function listAssets(request: GitHubRequest, repository: GitHubRepository): GitHubAnswer {
  const found = releaseOf(request, repository);
  return found === undefined ? refusal(404, 'Not Found') : { status: 200, body: found.assets.map(describeAsset) };
}

function upload(request: GitHubRequest, repository: GitHubRepository): GitHubAnswer {
  const found = releaseOf(request, repository);
  const name = request.url.searchParams.get('name');
  if (found === undefined || name === null) return refusal(404, 'Not Found');
  if (found.assets.some((asset) => asset.name === name))
    return refusal(422, 'Validation Failed', [{ resource: 'ReleaseAsset', code: 'already_exists', field: 'name' }]);
  const asset = { id: found.id * 100 + found.assets.length, name, bytes: request.body['bytes'] as Buffer };
  found.assets.push(asset);
  return { status: 201, body: describeAsset(asset) };
}

function removeAsset({ params }: GitHubRequest, repository: GitHubRepository): GitHubAnswer {
  for (const { assets } of releasesOf(repository)) {
    const index = assets.findIndex(({ id }) => String(id) === params['id']);
    if (index === -1) continue;
    assets.splice(index, 1);
    return { status: 204 };
  }
  return refusal(404, 'Not Found');
}

function releaseOf({ params }: GitHubRequest, repository: GitHubRepository): StoredRelease | undefined {
  return releasesOf(repository).find(({ id }) => String(id) === params['id']);
}

function describe({ apiUrl, params }: GitHubRequest, release: StoredRelease): object {
  const where = `repos/${params['owner'] ?? ''}/${params['repo'] ?? ''}/releases/${release.id}`;
  return {
    ...release,
    assets: release.assets.map(describeAsset),
    html_url: `https://github.example/${where}`,
    upload_url: `${apiUrl}/${where}/assets{?name,label}`,
  };
}

function describeAsset({ id, name, bytes }: StoredAsset): object {
  return { id, name, state: 'uploaded', digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}` };
}
