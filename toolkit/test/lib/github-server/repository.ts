import { createHash } from 'node:crypto';

export interface StoredCommit {
  readonly sha: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly message: string;
}

/** What a repository holds. Routes for other things keep their data in `more`, each under a name of its own. */
export interface GitHubRepository {
  readonly fullName: string;
  readonly defaultBranch: string;
  /** Object ids by full name, such as `refs/heads/main`. */
  readonly refs: Map<string, string>;
  readonly commits: Map<string, StoredCommit>;
  readonly more: Map<string, unknown>;
}

/** A repository with one commit on `main`. */
export function createRepository(fullName: string): GitHubRepository {
  const first = makeCommit({ tree: objectId(`tree of ${fullName}`), parents: [], message: 'Begin' });
  return {
    fullName,
    defaultBranch: 'main',
    refs: new Map([['refs/heads/main', first.sha]]),
    commits: new Map([[first.sha, first]]),
    more: new Map(),
  };
}

let made = 0;

/** Commits made at different times differ, so each has an id of its own. */
export function makeCommit(parts: Omit<StoredCommit, 'sha'>): StoredCommit {
  return { sha: objectId(JSON.stringify([parts, (made += 1)])), ...parts };
}

/** True when `ancestor` is reached from `sha` by its parents, or is it. */
export function isAncestor({ commits }: GitHubRepository, ancestor: string, sha: string): boolean {
  const waiting = [sha];
  const seen = new Set<string>();
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (next === ancestor) return true;
    if (seen.has(next)) continue;
    seen.add(next);
    waiting.push(...(commits.get(next)?.parents ?? []));
  }
  return false;
}

export function objectId(text: string): string {
  return createHash('sha1').update(text).digest('hex');
}
