/** The steps of a launch, in order. */
export const PHASES = [
  'input',
  'detection',
  'selection',
  'configuration',
  'container',
  'readiness',
  'test',
  'success',
] as const;
export type Phase = (typeof PHASES)[number];

/** What a launch tells while it goes on. */
export interface LaunchEvents {
  /** What is going on in a phase right now. */
  readonly progress: (phase: Phase, text: string) => void;
  /** A phase is over. */
  readonly done: (phase: Phase, text: string, elapsedMs: number) => void;
  /** Something a person should know, whatever the phase. */
  readonly note: (text: string) => void;
  /** A line of the engine's own log. */
  readonly logLine: (line: string) => void;
}

/** Runs phases, tells of each, and remembers how long each took. */
export interface PhaseRunner {
  run<Result>(phase: Phase, action: () => Promise<Result>, summary: (result: Result) => string): Promise<Result>;
  /** Milliseconds by phase; one that ran twice counts with both. */
  readonly elapsedMs: Readonly<Partial<Record<Phase, number>>>;
}

/** @param nowMs a clock that never goes back */
export function createPhaseRunner(events: LaunchEvents, nowMs: () => number): PhaseRunner {
  const elapsedMs: Partial<Record<Phase, number>> = {};
  return {
    elapsedMs,
    run: async (phase, action, summary) => {
      const startedMs = nowMs();
      const result = await action();
      const took = nowMs() - startedMs;
      elapsedMs[phase] = (elapsedMs[phase] ?? 0) + took;
      events.done(phase, summary(result), took);
      return result;
    },
  };
}
