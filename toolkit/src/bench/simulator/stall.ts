/** A time in which the simulated engine does nothing; it begins so long after the first generation request. */
export interface Stall {
  readonly atMs: number;
  readonly durationMs: number;
}

export const STALL_FORM = 'AT:SECONDS';

/** Reads `5:2`: five seconds after the first request, for two seconds. Undefined for anything else. */
export function parseStall(text: string): Stall | undefined {
  const [, at, duration] = /^(\d+(?:\.\d+)?):(\d+(?:\.\d+)?)$/.exec(text) ?? [];
  if (at === undefined || duration === undefined) return undefined;
  return { atMs: Number(at) * 1000, durationMs: Number(duration) * 1000 };
}

/** Time as the engine feels it: it stands still during stalls. */
export interface EngineClock {
  /** Stalls count from here. */
  begin(wallMs: number): void;
  /** Stalls count from the next `begin`. */
  reset(): void;
  /** Stands still for this long at once, beside the stalls: the process itself was kept from running. */
  hold(ms: number): void;
  toEngineMs(wallMs: number): number;
  /** When the engine's clock will show this time. */
  toWallMs(engineMs: number): number;
}

/** @param stalls may overlap; they are one then */
export function createEngineClock(stalls: readonly Stall[]): EngineClock {
  const apart = mergeStalls(stalls);
  let originMs: number | undefined;
  let awayMs = 0;
  return {
    begin: (wallMs) => {
      originMs ??= wallMs;
    },
    reset: () => {
      originMs = undefined;
    },
    hold: (ms) => {
      awayMs += ms;
    },
    toEngineMs: (wallMs) => {
      if (originMs === undefined) return wallMs - awayMs;
      let heldMs = awayMs;
      for (const { atMs, durationMs } of apart) heldMs += Math.min(durationMs, Math.max(0, wallMs - originMs - atMs));
      return wallMs - heldMs;
    },
    toWallMs: (engineMs) => {
      let wallMs = engineMs + awayMs;
      if (originMs === undefined) return wallMs;
      for (const { atMs, durationMs } of apart) if (wallMs - originMs > atMs) wallMs += durationMs;
      return wallMs;
    },
  };
}

function mergeStalls(stalls: readonly Stall[]): readonly Stall[] {
  const merged: Stall[] = [];
  for (const stall of stalls.toSorted((a, b) => a.atMs - b.atMs)) {
    const before = merged.at(-1);
    const endMs = before === undefined ? -Infinity : before.atMs + before.durationMs;
    if (before === undefined || stall.atMs > endMs) merged.push(stall);
    else
      merged.splice(-1, 1, {
        atMs: before.atMs,
        durationMs: Math.max(endMs, stall.atMs + stall.durationMs) - before.atMs,
      });
  }
  return merged;
}
