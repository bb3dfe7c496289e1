import { computeDigest } from '../../oci/digest.ts';
import { ask, demand, type GitHubRepository } from './repository.ts';

/** A release as it is to be on GitHub. */
export interface GitHubRelease {
  /** Git tag, which GitHub makes where there is none. */
  readonly tag: string;
  /** Where it makes it; empty for the newest commit of the default branch. */
  readonly commit: string;
  readonly title: string;
  /** Markdown. */
  readonly notes: string;
  readonly assets: readonly ReleaseAsset[];
}

export interface ReleaseAsset {
  readonly name: string;
  readonly text: string;
}

export interface PublishedRelease {
  readonly url: string;
  readonly action: 'created' | 'updated' | 'unchanged';
}

/** GitHub takes 125,000 characters; the end of longer notes is cut off, the record has all of it. */
const LONGEST_NOTES = 120_000;

/**
 * Makes the release, or brings the assets of the one that is there up to date. Its name and notes stay as people left
 * them, and are written only where there are none. Repeating it changes nothing.
 * @throws AimError as {@link ask} has it
 */
export async function publishGitHubRelease(
  repository: GitHubRepository,
  release: GitHubRelease,
): Promise<PublishedRelease> {
  const { client, owner, repo } = repository;
  const { tag, title, notes } = release;
  const found = await ask(
    `look for the release ${tag}`,
    () => client.rest.repos.getReleaseByTag({ owner, repo, tag }),
    [404],
  );
  const texts = { name: found?.name || title, body: found?.body || cutNotes(notes, LONGEST_NOTES) };
  const isSame = found !== undefined && found.name === texts.name && (found.body ?? '') === texts.body;
  const current = isSame
    ? found
    : found === undefined
      ? await demand(`create the release ${tag}`, () =>
          client.rest.repos.createRelease({
            ...{ owner, repo, tag_name: tag, ...atCommit(release.commit), ...texts },
            // Of several lines, the newest version is what GitHub calls the latest release, not the one made last.
            make_latest: 'legacy',
          }),
        )
      : await demand(`update the release ${tag}`, () =>
          client.rest.repos.updateRelease({ owner, repo, release_id: found.id, ...texts }),
        );
  const changes = await Promise.all(release.assets.map((asset) => provideAsset(repository, current, asset)));
  const action = found === undefined ? 'created' : isSame && !changes.includes(true) ? 'unchanged' : 'updated';
  return { url: current.html_url, action };
}

function atCommit(commit: string): { target_commitish?: string } {
  return commit === '' ? {} : { target_commitish: commit };
}

/** Uploads an asset unless it is there with these very bytes. True when something was changed. */
async function provideAsset(
  { client, owner, repo }: GitHubRepository,
  release: { readonly id: number; readonly upload_url: string },
  { name, text }: ReleaseAsset,
): Promise<boolean> {
  const assets = await demand('list the assets of a release', async () => ({
    data: await client.paginate(client.rest.repos.listReleaseAssets, { owner, repo, release_id: release.id }),
  }));
  const known = assets.find((asset) => asset.name === name);
  // A digest is told for assets of the last years; an upload that broke off leaves the state `starter`.
  if (known?.state === 'uploaded' && known.digest === computeDigest(Buffer.from(text))) return false;
  if (known !== undefined) {
    await ask(
      `replace the asset ${name}`,
      () => client.rest.repos.deleteReleaseAsset({ owner, repo, asset_id: known.id }),
      [404],
    );
  }
  await demand(`upload the asset ${name}`, () =>
    client.rest.repos.uploadReleaseAsset({
      owner,
      repo,
      release_id: release.id,
      baseUrl: uploadOrigin(release.upload_url),
      name,
      data: text,
      headers: { 'content-type': 'application/octet-stream' },
    }),
  );
  return true;
}

/** `https://uploads.github.com` of the template that a release names. */
function uploadOrigin(template: string): string {
  return template.slice(0, template.indexOf('/repos/'));
}

/** Cuts after the last whole line that fits. */
export function cutNotes(notes: string, limit: number): string {
  if (notes.length <= limit) return notes;
  const end = notes.lastIndexOf('\n', limit);
  return `${notes.slice(0, end === -1 ? limit : end)}\n\n… (cut off; the release record has everything)\n`;
}
