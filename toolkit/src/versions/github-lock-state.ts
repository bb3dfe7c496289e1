/** What the newest commit of a lock's reference says. */
export interface LockState {
  readonly scope: string;
  /** Null when nobody holds it. */
  readonly token: string | null;
  /** Who holds it, for those who wait. */
  readonly holder: string;
  /** Milliseconds since 1970. */
  readonly expiresAtMs: number;
  /** By reference of the tag: digest and when it was written. */
  readonly written: Readonly<Record<string, { readonly digest: string; readonly atMs: number }>>;
}

/** True when nobody holds the lock, or no longer. A state that could not be read protects nothing. */
export function isFree(state: LockState | undefined, nowMs: number): boolean {
  return state === undefined || state.token === null || state.expiresAtMs < nowMs;
}

/** What was written after a time, in milliseconds since 1970. */
export function recall(state: LockState | undefined, sinceMs: number): LockState['written'] {
  return Object.fromEntries(Object.entries(state?.written ?? {}).filter(([, { atMs }]) => atMs > sinceMs));
}

/** A commit's message. The inverse of {@link parseState}. */
export function renderState(state: LockState): string {
  return `aimctl: tags of ${state.scope}\n\n${JSON.stringify(state)}\n`;
}

/** Undefined for a text that is none of ours: such a reference protects nothing and may be taken. */
export function parseState(message: string): LockState | undefined {
  try {
    const state = JSON.parse(message.slice(message.indexOf('\n\n') + 2)) as Partial<LockState>;
    const isWhole = typeof state.expiresAtMs === 'number' && typeof state.written === 'object';
    return isWhole ? (state as LockState) : undefined;
  } catch {
    return undefined;
  }
}
