export type Action = 'pull' | 'push' | 'delete';

/** What a request needs to be allowed, as token scopes put it. */
export interface Access {
  /** `repository`, or what a registry's challenge names besides. */
  readonly type: string;
  readonly name: string;
  readonly actions: readonly string[];
}

/** Access to a repository's content. */
export function repositoryAccess(name: string, ...actions: readonly Action[]): Access {
  return { type: 'repository', name, actions };
}

/** `repository:org/a:pull,push`. */
export function formatScope({ type, name, actions }: Access): string {
  return `${type}:${name}:${actions.join(',')}`;
}

/** Scopes of a challenge. What is none is left out. */
export function parseScopes(text: string): Access[] {
  return text.split(' ').flatMap((scope) => {
    const first = scope.indexOf(':');
    const last = scope.lastIndexOf(':');
    if (first <= 0 || last === first) return [];
    const actions = scope.slice(last + 1).split(',');
    return [{ type: scope.slice(0, first), name: scope.slice(first + 1, last), actions }];
  });
}

/** One entry per resource; those that allow writing first, as some registries look at the first scope only. */
export function mergeAccess(...lists: readonly (readonly Access[])[]): Access[] {
  const byResource = new Map<string, Access>();
  for (const access of lists.flat()) {
    const key = `${access.type}:${access.name}`;
    const actions = new Set([...(byResource.get(key)?.actions ?? []), ...access.actions]);
    byResource.set(key, { ...access, actions: [...actions].sort() });
  }
  return [...byResource.values()].sort((a, b) => Number(writes(b)) - Number(writes(a)));
}

/** True when everything in `needed` is granted. */
export function coversAccess(granted: readonly Access[], needed: readonly Access[]): boolean {
  return needed.every(({ type, name, actions }) => {
    const held = granted.find((access) => access.type === type && access.name === name);
    return actions.every((action) => held?.actions.includes(action));
  });
}

function writes({ actions }: Access): boolean {
  return actions.some((action) => action !== 'pull');
}
