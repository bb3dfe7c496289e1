import type { Exec } from 'aim-runtime/system';
import { findCorePair, type CorePair } from './cores.ts';
import { meanTrueTokenGapMs } from './compare-truth.ts';
import {
  computeCeilingFigure,
  computeFlowFigures,
  computeStallFigures,
  computeStepFigures,
  computeTokenFigures,
  type Figure,
} from './figures.ts';
import { measureSimulated, type MeasureDeps, type Measurement } from './measure.ts';
import {
  FLOW_GAP_MS,
  planFlow,
  planFourTokens,
  planStall,
  planSteps,
  STALL,
  STALL_SERVICE_MS,
  type CalibrationPoint,
} from './points.ts';

/** What the load client can do on this machine. */
export interface Calibration {
  /** Null when both programs shared all cores, which makes errors larger. */
  readonly cores: CorePair | null;
  readonly figures: readonly Figure[];
  /** Why the search for the ceiling ended. */
  readonly ceilingReason: string;
  /** Every figure meets its target. */
  readonly passed: boolean;
}

export interface CalibrationDeps {
  readonly exec: Exec;
  readonly signal: AbortSignal;
  readonly onPhase: (phase: string) => void;
}

const FLOW_EVENTS_PER_SECOND = 20_000;
const CEILING_STEPS = [30_000, 40_000, 56_000, 64_000, 70_000, 80_000, 90_000, 100_000];
const SECONDS = 4;
/** What else a machine does at times may spoil one run; half of them are spoilt by what the client does itself. */
const FLOW_RUNS = 3;
const STEP_TRIES = 2;
const STALL_SECONDS = 10;
/** A simulated server whose gaps are longer than planned by this factor cannot send faster. */
const SERVER_LATE_SHARE = 1.1;

/**
 * Measures the load client against the simulated server's ground truth, each bound to a core of its own where there are
 * two: errors at 20,000 frames per second, a stall, several tokens per frame, and the rate at which its own checks begin
 * to fail. Takes about two minutes. @throws AimError remote when one of the programs dies
 */
export async function runCalibration({ exec, signal, onPhase }: CalibrationDeps): Promise<Calibration> {
  const cores = findCorePair(exec);
  const deps: MeasureDeps = { cores, signal };
  const measure = ({ server, point }: CalibrationPoint, phase: string) => {
    onPhase(phase);
    return measureSimulated(server, point, deps);
  };
  const rate = `${FLOW_EVENTS_PER_SECOND.toLocaleString('en')} frames per second`;
  const flows: Measurement[] = [];
  for (let run = 1; run <= FLOW_RUNS; run++)
    flows.push(await measure(planFlow(FLOW_EVENTS_PER_SECOND, SECONDS), `${rate}, run ${run} of ${FLOW_RUNS}`));
  const steps = await measure(planSteps(FLOW_EVENTS_PER_SECOND, SECONDS), `${rate}, all at once`);
  const tokens = await measure(planFourTokens(SECONDS), 'four tokens per frame');
  const stall = await measure(planStall(STALL_SECONDS), 'a stall of 2 s');
  const ceiling = await findCeiling(flows, measure);
  const figures = [
    ...computeFlowFigures(flows),
    ...computeStepFigures(steps),
    ...computeStallFigures(stall, { serviceMs: STALL_SERVICE_MS, stall: STALL }),
    ...computeTokenFigures(tokens),
    computeCeilingFigure(ceiling.eventsPerSecond),
  ];
  const passed = figures.every(({ met }) => met !== false);
  return { cores, figures, ceilingReason: ceiling.reason, passed };
}

/** The highest rate that was valid; 0 when the first one was not. */
export interface Ceiling {
  readonly eventsPerSecond: number;
  readonly reason: string;
}

/**
 * Raises the rate until the client's own checks mark the point invalid, each time it is tried. `lowest` are the runs at
 * the rate below all others.
 */
export async function findCeiling(
  lowest: readonly Measurement[],
  measure: (point: CalibrationPoint, phase: string) => Promise<Measurement>,
): Promise<Ceiling> {
  let reached = 0;
  let tries = lowest;
  for (const wanted of [...CEILING_STEPS, undefined]) {
    const valid = tries.find(({ repeat }) => repeat.reasons.length === 0);
    if (valid === undefined)
      return { eventsPerSecond: reached, reason: (tries.at(-1)?.repeat.reasons ?? []).join(', ') };
    if (meanTrueTokenGapMs(valid.truth) > FLOW_GAP_MS * SERVER_LATE_SHARE)
      return { eventsPerSecond: reached, reason: 'the simulated server cannot send faster' };
    reached = Math.round(valid.repeat.corrected.outputTokensPerSecond);
    if (wanted !== undefined) tries = await tryStep(wanted, measure);
  }
  return { eventsPerSecond: reached, reason: 'the highest rate that is tried' };
}

/** Measures until a point is valid, or often enough. */
async function tryStep(wanted: number, measure: Parameters<typeof findCeiling>[1]): Promise<readonly Measurement[]> {
  const tries: Measurement[] = [];
  while (tries.length < STEP_TRIES && tries.at(-1)?.repeat.reasons.length !== 0)
    tries.push(await measure(planFlow(wanted, SECONDS), `${wanted.toLocaleString('en')} frames per second`));
  return tries;
}
