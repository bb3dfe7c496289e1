import { describe, expect, it } from 'vitest';
import { coversAccess, formatScope, mergeAccess, parseScopes, repositoryAccess } from './access.ts';

const pull = repositoryAccess('org/base', 'pull');
const push = repositoryAccess('org/model', 'push', 'pull');

describe('access', () => {
  it('is asked for once per resource, what writes first', () => {
    const merged = mergeAccess([pull], [push, repositoryAccess('org/model', 'pull')]);
    expect(merged.map(formatScope)).toEqual(['repository:org/model:pull,push', 'repository:org/base:pull']);
  });

  it('granted for more serves for less, not the other way round', () => {
    expect(coversAccess([pull, push], [repositoryAccess('org/model', 'pull')])).toBe(true);
    expect(coversAccess([pull], [push])).toBe(false);
    expect(coversAccess([pull], [repositoryAccess('org/other', 'pull')])).toBe(false);
    expect(coversAccess([], [])).toBe(true);
  });

  it('is read from what registries write', () => {
    const scopes = parseScopes('repository:host:5000/a:pull,push registry:catalog:* nonsense a:b');
    expect(scopes.map(formatScope)).toEqual(['repository:host:5000/a:pull,push', 'registry:catalog:*']);
  });
});
