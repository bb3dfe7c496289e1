import { ask, demand, type GitHubRepository } from '../release/github/repository.ts';
import type { GitRefs } from './github-lock.ts';

/** git references over GitHub's API. @param commit a commit of the repository, whose tree the lock's commits show */
export function createGitHubRefs({ client, owner, repo }: GitHubRepository, commit: string): GitRefs {
  const where = { owner, repo };
  const { git } = client.rest;
  const nameOf = (ref: string) => ref.replace(/^refs\//, '');
  const readCommit = (sha: string) => demand(`read commit ${sha}`, () => git.getCommit({ ...where, commit_sha: sha }));
  const makeCommit = async (message: string, parents: string[]): Promise<string> => {
    const { tree } = await readCommit(parents[0] ?? commit);
    const made = await demand('write a commit for the tag lock', () =>
      git.createCommit({ ...where, message, tree: tree.sha, parents }),
    );
    return made.sha;
  };
  return {
    read: async (ref) => {
      const found = await ask(`read ${ref}`, () => git.getRef({ ...where, ref: nameOf(ref) }), [404]);
      if (found === undefined) return undefined;
      const { sha, message } = await readCommit(found.object.sha);
      return { sha, message };
    },
    create: async (ref, message) => {
      const sha = await makeCommit(message, []);
      // 422: there is one already. Were it for another reason, the next try would meet it again.
      return (await ask(`create ${ref}`, () => git.createRef({ ...where, ref, sha }), [422])) && sha;
    },
    advance: async (ref, parent, message) => {
      const sha = await makeCommit(message, [parent]);
      const update = () => git.updateRef({ ...where, ref: nameOf(ref), sha, force: false });
      return (await ask(`move ${ref}`, update, [422])) && sha;
    },
  };
}
