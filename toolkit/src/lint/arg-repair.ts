import { findSuccessor } from './arg-successors.ts';
import type { LintFacts } from './facts.ts';
import type { Fix } from './finding.ts';
import type { Argument, ProfileView } from './profile-view.ts';

/** What a repair depends on besides the argument. */
export interface ArgRepairContext {
  readonly profile: ProfileView;
  readonly facts: LintFacts;
  /** What to do where no successor is known that the engine's version has. */
  readonly otherwise: string;
}

/** Suggestion and repair for an argument that is to be replaced. */
export function repairArgument(
  { key, name }: Argument,
  { profile, facts, otherwise }: ArgRepairContext,
): { readonly suggestion: string; readonly fix?: Fix } {
  const successor = profile.engine === 'vllm' ? findSuccessor(name) : undefined;
  const path = ['engine_args', key];
  if (successor?.drop) return { suggestion: successor.instead, fix: { kind: 'delete', path } };
  const rename = successor?.rename;
  if (rename !== undefined && facts.argument('vllm', rename) === undefined) return { suggestion: otherwise };
  const suggestion = successor?.instead ?? otherwise;
  if (rename === undefined || profile.arg(rename)) return { suggestion };
  return { suggestion, fix: { kind: 'rename', path, name: rename } };
}
