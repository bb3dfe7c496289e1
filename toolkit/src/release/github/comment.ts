import { demand, type GitHubRepository } from './repository.ts';
import { cutNotes } from './release.ts';

/** Which comment is ours: an HTML comment at its beginning, which nobody sees. */
export type CommentName = 'plan' | 'release';

export interface PublishedComment {
  readonly url: string;
  readonly action: 'created' | 'updated' | 'unchanged';
}

/** GitHub takes 65,536 characters. */
const LONGEST_COMMENT = 60_000;
const TRUSTED: readonly string[] = ['OWNER', 'MEMBER', 'COLLABORATOR'];

/** Writes a pull request's comment, in place of the one an earlier run wrote. */
export async function publishComment(
  { client, owner, repo }: GitHubRepository,
  pullRequest: number,
  { name, text }: { readonly name: CommentName; readonly text: string },
): Promise<PublishedComment> {
  const where = `pull request ${pullRequest}`;
  const marker = `<!-- aimctl ${name} -->`;
  const body = `${marker}\n${cutNotes(text, LONGEST_COMMENT)}`;
  const comments = await demand(`read the comments of ${where}`, async () => ({
    data: await client.paginate(client.rest.issues.listComments, {
      owner,
      repo,
      issue_number: pullRequest,
      per_page: 100,
    }),
  }));
  const found = comments.find((comment) => comment.body?.startsWith(marker) === true && isOurs(comment));
  if (found !== undefined && found.body?.replaceAll('\r\n', '\n') === body)
    return { url: found.html_url, action: 'unchanged' };
  const comment =
    found === undefined
      ? await demand(`comment on ${where}`, () =>
          client.rest.issues.createComment({ owner, repo, issue_number: pullRequest, body }),
        )
      : await demand(`update the comment on ${where}`, () =>
          client.rest.issues.updateComment({ owner, repo, comment_id: found.id, body }),
        );
  return { url: comment.html_url, action: found === undefined ? 'created' : 'updated' };
}

interface Author {
  readonly user: { readonly type?: string } | null;
  readonly author_association?: string;
}

/** Workflows write as a bot, people with tokens of their own; a stranger who quotes the marker keeps the comment. */
function isOurs({ user, author_association }: Author): boolean {
  return user?.type === 'Bot' || TRUSTED.includes(author_association ?? '');
}
