import { ask, demand, type GitHubRepository } from '../release/github/repository.ts';
import type { GitRefs } from './github-lock.ts';

interface Commit {
  readonly sha: string;
  readonly message: string;
  readonly tree: string;
}

/** Where a reference was when it was last read, and the mark that an answer says nothing new by. */
interface Seen {
  readonly sha: string;
  readonly etag: string | undefined;
}

/** A reference is there already, was moved meanwhile, or is being moved at this moment. */
const OVERTAKEN = [409, 422];

/**
 * git references over GitHub's API. Reading one that has not moved since it was last read does not count towards the
 * limit of requests, so that many may wait for one.
 * @param commit a commit of the repository, whose tree the lock's commits show
 */
export function createGitHubRefs({ client, owner, repo }: GitHubRepository, commit: string): GitRefs {
  const where = { owner, repo };
  const { git } = client.rest;
  const nameOf = (ref: string) => ref.replace(/^refs\//, '');
  const seen = new Map<string, Seen>();
  // Commits never change, and it is the newest one that is asked for again.
  let newest: Commit | undefined;
  const readCommit = async (sha: string): Promise<Commit> => {
    if (newest?.sha === sha) return newest;
    const { message, tree } = await demand(`read commit ${sha}`, () => git.getCommit({ ...where, commit_sha: sha }));
    return (newest = { sha, message, tree: tree.sha });
  };
  const makeCommit = async (message: string, parents: string[]): Promise<string> => {
    const { tree } = await readCommit(parents[0] ?? commit);
    const { sha } = await demand('write a commit for the tag lock', () =>
      git.createCommit({ ...where, message, tree, parents }),
    );
    newest = { sha, message, tree };
    return sha;
  };
  const readRef = async (ref: string): Promise<Seen | undefined> => {
    const known = seen.get(ref);
    const headers = known?.etag === undefined ? {} : { 'if-none-match': known.etag };
    const send = async (): Promise<{ data: Seen }> => {
      try {
        const { data, headers: answered } = await git.getRef({ ...where, ref: nameOf(ref), headers });
        return { data: { sha: data.object.sha, etag: answered.etag } };
      } catch (error) {
        if (known !== undefined && isUnchanged(error)) return { data: known };
        throw error;
      }
    };
    return ask(`read ${ref}`, send, [404]);
  };
  return {
    read: async (ref) => {
      const found = await readRef(ref);
      if (found === undefined) return undefined;
      seen.set(ref, found);
      const { sha, message } = await readCommit(found.sha);
      return { sha, message };
    },
    create: async (ref, message) => {
      const sha = await makeCommit(message, []);
      // Were it refused for another reason than an existing one, the next try would meet it again.
      return (await ask(`create ${ref}`, () => git.createRef({ ...where, ref, sha }), OVERTAKEN)) && sha;
    },
    advance: async (ref, parent, message) => {
      const sha = await makeCommit(message, [parent]);
      const update = () => git.updateRef({ ...where, ref: nameOf(ref), sha, force: false });
      return (await ask(`move ${ref}`, update, OVERTAKEN)) && sha;
    },
  };
}

/** Octokit throws for an answer that says that nothing has changed. */
function isUnchanged(error: unknown): boolean {
  return (error as { readonly status?: unknown } | null)?.status === 304;
}
