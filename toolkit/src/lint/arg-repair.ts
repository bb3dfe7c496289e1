import { findSuccessor } from './arg-successors.ts';
import type { Fix } from './finding.ts';
import type { Argument, ProfileView } from './profile-view.ts';

/** Suggestion and repair for an argument that is to be replaced; `none` says what to do without a successor. */
export function repairArgument(
  profile: ProfileView,
  { key, name }: Argument,
  none: string,
): { readonly suggestion: string; readonly fix?: Fix } {
  const successor = findSuccessor(name);
  const path = ['engine_args', key];
  const suggestion = successor?.instead ?? none;
  if (successor?.drop) return { suggestion, fix: { kind: 'delete', path } };
  if (successor?.rename === undefined || profile.arg(successor.rename)) return { suggestion };
  return { suggestion, fix: { kind: 'rename', path, name: successor.rename } };
}
