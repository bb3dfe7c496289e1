/**
 * Images of a `repository:tag` list that were built here: their names have no registry or namespace,
 * which every pulled image of ours has, and they have a tag.
 */
export function selectLocal(list: string): string[] {
  const names = list.split('\n').map((line) => line.trim());
  return names.filter((name) => /^aim-[^/]+:[^/]+$/.test(name) && !name.endsWith(':<none>'));
}
