import type { BuildEvent } from '../versions/event.ts';
import { publishComment, type PublishedComment } from './github/comment.ts';
import { publishGitHubRelease, type PublishedRelease } from './github/release.ts';
import type { GitHubRepository } from './github/repository.ts';
import { renderNotes } from './notes.ts';
import type { ReleasePlan } from './plan.ts';
import { renderPreview } from './preview.ts';
import { renderRecord } from './record.ts';

/** What was told on GitHub. */
export interface GitHubReport {
  readonly release: PublishedRelease | null;
  readonly comment: PublishedComment | null;
}

const RECORD_FILE = 'release-record.json';

/** Makes the release on GitHub, and tells a pull request which images it gave. Repeating it changes nothing. */
export async function reportToGitHub(
  repository: GitHubRepository,
  plan: ReleasePlan,
  event: BuildEvent,
): Promise<GitHubReport> {
  const { record } = plan;
  const number = event.kind === 'pull-request' ? event.number : undefined;
  const comment =
    number === undefined
      ? null
      : await publishComment(repository, number, { name: 'release', text: renderPreview(plan) });
  if (record.release === null) return { release: null, comment };
  const release = await publishGitHubRelease(repository, {
    tag: `v${record.release}`,
    commit: record.commit.replace(/-dirty$/, ''),
    title: `Release ${record.release}`,
    notes: renderNotes(record),
    assets: [{ name: RECORD_FILE, text: renderRecord(record) }],
  });
  return { release, comment };
}
