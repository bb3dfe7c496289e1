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
const STALL_SECONDS = 10;
/** A simulated server whose gaps are longer than planned by this factor cannot send faster. */
const SERVER_LATE_SHARE = 1.1;

/**
 * Measures the load client against the simulated server's ground truth, each bound to a core of its own where there are
 * two: errors at 20,000 frames per second, a stall, several tokens per frame, and the rate at which its own checks begin
 * to fail. Takes about a minute. @throws AimError remote when one of the programs dies
 */
export async function runCalibration({ exec, signal, onPhase }: CalibrationDeps): Promise<Calibration> {
  const cores = findCorePair(exec);
  const deps: MeasureDeps = { cores, signal };
  const measure = ({ server, point }: CalibrationPoint, phase: string) => {
    onPhase(phase);
    return measureSimulated(server, point, deps);
  };
  const rate = `${FLOW_EVENTS_PER_SECOND.toLocaleString('en')} frames per second`;
  const flow = await measure(planFlow(FLOW_EVENTS_PER_SECOND, SECONDS), rate);
  const steps = await measure(planSteps(FLOW_EVENTS_PER_SECOND, SECONDS), `${rate}, all at once`);
  const tokens = await measure(planFourTokens(SECONDS), 'four tokens per frame');
  const stall = await measure(planStall(STALL_SECONDS), 'a stall of 2 s');
  const ceiling = await findCeiling(flow, measure);
  const figures = [
    ...computeFlowFigures(flow),
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

/** Raises the rate until the client's own checks mark the point invalid. */
export async function findCeiling(
  first: Measurement,
  measure: (point: CalibrationPoint, phase: string) => Promise<Measurement>,
): Promise<Ceiling> {
  let reached = 0;
  let last = first;
  for (const wanted of [...CEILING_STEPS, undefined]) {
    const { reasons } = last.repeat;
    if (reasons.length > 0) return { eventsPerSecond: reached, reason: reasons.join(', ') };
    if (meanTrueTokenGapMs(last.truth) > FLOW_GAP_MS * SERVER_LATE_SHARE)
      return { eventsPerSecond: reached, reason: 'the simulated server cannot send faster' };
    reached = Math.round(last.repeat.corrected.outputTokensPerSecond);
    if (wanted === undefined) break;
    last = await measure(planFlow(wanted, SECONDS), `${wanted.toLocaleString('en')} frames per second`);
  }
  return { eventsPerSecond: reached, reason: 'the highest rate that is tried' };
}
