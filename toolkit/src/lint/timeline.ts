/** When a flag or variable was in vLLM. Days as YYYY-MM-DD; a missing one is before or after the recorded time. */
export interface Lifetime {
  readonly added?: string;
  readonly removed?: string;
  /** Number of the pull request that removed it. */
  readonly removedBy?: number;
  /** First day it was seen marked as deprecated. */
  readonly deprecated?: string;
}

/** True when something with this lifetime exists on a day. */
export function existsOn({ added, removed }: Lifetime, day: string): boolean {
  return (added === undefined || added <= day) && (removed === undefined || removed > day);
}

/** `on 2025-09-24 (vLLM pull request 25543)`. */
export function describeRemoval({ removed, removedBy }: Lifetime): string {
  return `on ${removed ?? 'an unknown day'}${removedBy === undefined ? '' : ` (vLLM pull request ${removedBy})`}`;
}
