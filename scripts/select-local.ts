import { isBuiltHere } from '../toolkit/src/images/list.ts';

/** Images of a `repository:tag` list that were built here and have a tag. */
export function selectLocal(list: string): string[] {
  return list
    .split('\n')
    .map((line) => line.trim())
    .filter(isBuiltHere);
}
