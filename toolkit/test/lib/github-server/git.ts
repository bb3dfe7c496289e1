import { refusal, type GitHubAnswer, type GitHubRequest, type GitHubRoute } from './api.ts';
import { isAncestor, makeCommit, type GitHubRepository, type StoredCommit } from './repository.ts';

const REPOSITORY = '/repos/{owner}/{repo}';

/** The git database: references and commits. @see https://docs.github.com/en/rest/git */
export const GIT_ROUTES: readonly GitHubRoute[] = [
  {
    method: 'GET',
    path: REPOSITORY,
    handle: (_, { fullName, defaultBranch }) => ok({ full_name: fullName, default_branch: defaultBranch }),
  },
  { method: 'GET', path: `${REPOSITORY}/git/ref/{ref+}`, handle: getRef },
  { method: 'GET', path: `${REPOSITORY}/git/matching-refs/{ref+}`, handle: matchingRefs },
  { method: 'POST', path: `${REPOSITORY}/git/refs`, handle: createRef },
  { method: 'PATCH', path: `${REPOSITORY}/git/refs/{ref+}`, handle: updateRef },
  { method: 'DELETE', path: `${REPOSITORY}/git/refs/{ref+}`, handle: deleteRef },
  { method: 'GET', path: `${REPOSITORY}/git/commits/{sha}`, handle: getCommit },
  { method: 'POST', path: `${REPOSITORY}/git/commits`, handle: createCommit },
];

function getRef(request: GitHubRequest, repository: GitHubRepository): GitHubAnswer {
  const name = `refs/${request.params['ref'] ?? ''}`;
  const sha = repository.refs.get(name);
  return sha === undefined ? refusal(404, 'Not Found') : ok(describeRef(request, name, sha));
}

function matchingRefs(request: GitHubRequest, { refs }: GitHubRepository): GitHubAnswer {
  const prefix = `refs/${request.params['ref'] ?? ''}`;
  const found = [...refs].filter(([name]) => name.startsWith(prefix)).sort(([a], [b]) => (a < b ? -1 : 1));
  return ok(found.map(([name, sha]) => describeRef(request, name, sha)));
}

function createRef(request: GitHubRequest, repository: GitHubRepository): GitHubAnswer {
  const { ref, sha } = request.body;
  if (typeof ref !== 'string' || !/^refs\/[^/]+\/.+/.test(ref)) return refusal(422, 'Reference name is not valid');
  if (typeof sha !== 'string' || !repository.commits.has(sha)) return refusal(422, 'Object does not exist');
  if (repository.refs.has(ref)) return refusal(422, 'Reference already exists');
  repository.refs.set(ref, sha);
  return { status: 201, body: describeRef(request, ref, sha) };
}

function updateRef(request: GitHubRequest, repository: GitHubRepository): GitHubAnswer {
  const name = `refs/${request.params['ref'] ?? ''}`;
  const { sha, force = false } = request.body;
  const current = repository.refs.get(name);
  if (current === undefined) return refusal(422, 'Reference does not exist');
  if (typeof sha !== 'string' || !repository.commits.has(sha)) return refusal(422, 'Object does not exist');
  if (force !== true && !isAncestor(repository, current, sha)) return refusal(422, 'Update is not a fast forward');
  repository.refs.set(name, sha);
  return ok(describeRef(request, name, sha));
}

function deleteRef(request: GitHubRequest, repository: GitHubRepository): GitHubAnswer {
  const isGone = repository.refs.delete(`refs/${request.params['ref'] ?? ''}`);
  return isGone ? { status: 204 } : refusal(422, 'Reference does not exist');
}

function getCommit(request: GitHubRequest, { commits }: GitHubRepository): GitHubAnswer {
  const commit = commits.get(request.params['sha'] ?? '');
  return commit === undefined ? refusal(404, 'Not Found') : ok(describeCommit(commit));
}

function createCommit({ body }: GitHubRequest, repository: GitHubRepository): GitHubAnswer {
  const { message, tree, parents = [] } = body;
  if (typeof message !== 'string' || typeof tree !== 'string') return refusal(422, 'Invalid request.');
  const isKnownTree = [...repository.commits.values()].some((known) => known.tree === tree);
  if (!isKnownTree) return refusal(422, 'Tree SHA does not exist');
  const given = parents as readonly string[];
  if (!given.every((sha) => repository.commits.has(sha)))
    return refusal(422, 'Parent SHA does not exist or is not a commit object');
  const commit = makeCommit({ tree, parents: given, message });
  repository.commits.set(commit.sha, commit);
  return { status: 201, body: describeCommit(commit) };
}

function describeRef({ params, apiUrl }: GitHubRequest, ref: string, sha: string): object {
  const git = `${apiUrl}/repos/${params['owner'] ?? ''}/${params['repo'] ?? ''}/git`;
  return { ref, url: `${git}/${ref}`, object: { type: 'commit', sha, url: `${git}/commits/${sha}` } };
}

function describeCommit({ sha, tree, parents, message }: StoredCommit): object {
  return { sha, message, tree: { sha: tree }, parents: parents.map((parent) => ({ sha: parent })) };
}

function ok(body: unknown): GitHubAnswer {
  return { status: 200, body };
}
