import { estimateTime } from '../bench/run/estimate.ts';
import { planRun } from '../bench/run/plan.ts';
import { planEvaluationPoints } from '../bench/tune/evaluate.ts';
import { describeCandidate } from '../bench/tune/space.ts';
import { sampleFirst } from '../bench/tune/step.ts';
import { planTune, type TuneFlags } from './bench-tune-request.ts';
import { profilesFolder } from './build-images.ts';
import type { BenchTunePlan } from './present/bench-tune.ts';
import type { Session } from './session.ts';

/** Loading and compiling a model of usual size. */
const USUAL_START_MS = 240_000;

/** What a search would try first, and how long all of it may take. Starts and writes nothing. @throws AimError usage */
export async function planBenchTune(session: Session, name: string, flags: TuneFlags): Promise<BenchTunePlan> {
  const request = await planTune(name, flags, profilesFolder(flags.profiles, session.locations.root));
  const { space, settings, workload, candidates } = request;
  const first = sampleFirst(space, settings, candidates.isAllowed);
  const full = planRun([{ profile: request.name, file: undefined, digest: undefined }], workload);
  const short = estimateTime(planEvaluationPoints(full, 'short'), USUAL_START_MS);
  const long = estimateTime(full, USUAL_START_MS);
  const kept = 1 + Math.ceil(first.length / 3);
  const rest = Math.max(0, settings.budget - first.length - kept);
  return {
    profile: request.profile.path,
    space: space.map(({ name: param, values, baseIndex }) => ({ name: param, values, now: values[baseIndex] ?? '' })),
    combinations: space.reduce((product, { values }) => product * values.length, 1),
    first: first.map((candidate) => describeCandidate(space, candidate)),
    refused: candidates.refused(),
    budget: settings.budget,
    estimate: {
      leastMs: first.length * short.leastMs + kept * long.leastMs,
      mostMs: first.length * short.mostMs + (kept + rest) * long.mostMs,
      assumptions: [...long.assumptions, `${settings.budget} measurements at most`],
    },
  };
}
