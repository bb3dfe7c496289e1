import type { Clock } from '../../src/oci/clock.ts';
import type { GitRefs } from '../../src/versions/github-lock.ts';

export interface VirtualRefsOptions {
  readonly clock: Clock;
  readonly requestMs: () => number;
  /** True for an answer that gets lost although the request was carried out. */
  readonly losesAnswer?: () => boolean;
}

/** References as git keeps them: of several who create or move one at a time, one succeeds. */
export function createVirtualRefs({ clock, requestMs, losesAnswer }: VirtualRefsOptions): GitRefs {
  const refs = new Map<string, { readonly sha: string; readonly message: string }>();
  let commits = 0;
  const pass = () => clock.sleep(requestMs(), new AbortController().signal);
  const put = async (ref: string, expected: string | undefined, message: string) => {
    await pass();
    if (refs.get(ref)?.sha !== expected) return undefined;
    const sha = `commit-${(commits += 1)}`;
    refs.set(ref, { sha, message });
    await pass();
    return losesAnswer?.() === true ? undefined : sha;
  };
  return {
    read: async (ref) => {
      await pass();
      return refs.get(ref);
    },
    create: (ref, message) => put(ref, undefined, message),
    advance: (ref, parent, message) => put(ref, parent, message),
  };
}
