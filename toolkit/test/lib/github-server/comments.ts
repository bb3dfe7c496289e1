import { refusal, type GitHubRequest, type GitHubRoute } from './api.ts';
import type { GitHubRepository } from './repository.ts';

export interface StoredComment {
  readonly id: number;
  readonly issue: number;
  body: string;
  readonly user: { readonly login: string; readonly type: string };
  readonly author_association: string;
}

const REPOSITORY = '/repos/{owner}/{repo}';
const LONGEST_BODY = 65_536;

/** Comments on issues and pull requests. @see https://docs.github.com/en/rest/issues/comments */
export const COMMENT_ROUTES: readonly GitHubRoute[] = [
  {
    method: 'GET',
    path: `${REPOSITORY}/issues/{number}/comments`,
    handle: (request, repository) => {
      const own = commentsOf(repository).filter(({ issue }) => String(issue) === request.params['number']);
      return { status: 200, body: own.map((comment) => describe(request, comment)) };
    },
  },
  {
    method: 'POST',
    path: `${REPOSITORY}/issues/{number}/comments`,
    handle: (request, repository) => {
      const body = String(request.body['body']);
      if (body.length > LONGEST_BODY) return refusal(422, 'Validation Failed');
      const comments = commentsOf(repository);
      const comment: StoredComment = {
        id: comments.length + 1,
        issue: Number(request.params['number']),
        body,
        user: { login: 'github-actions[bot]', type: 'Bot' },
        author_association: 'NONE',
      };
      comments.push(comment);
      return { status: 201, body: describe(request, comment) };
    },
  },
  {
    method: 'PATCH',
    path: `${REPOSITORY}/issues/comments/{id}`,
    handle: (request, repository) => {
      const found = commentsOf(repository).find(({ id }) => String(id) === request.params['id']);
      if (found === undefined) return refusal(404, 'Not Found');
      found.body = String(request.body['body']);
      return { status: 200, body: describe(request, found) };
    },
  },
];

export function commentsOf({ more }: GitHubRepository): StoredComment[] {
  const known = more.get('comments') as StoredComment[] | undefined;
  if (known !== undefined) return known;
  const made: StoredComment[] = [];
  more.set('comments', made);
  return made;
}

function describe({ params }: GitHubRequest, comment: StoredComment): object {
  const where = `${params['owner'] ?? ''}/${params['repo'] ?? ''}/pull/${comment.issue}`;
  return { ...comment, html_url: `https://github.example/${where}#issuecomment-${comment.id}` };
}
