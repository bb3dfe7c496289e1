import { randomInt } from 'node:crypto';
import { resolve } from 'node:path';
import { runCalibration } from '../bench/calibrate/run.ts';
import { selectBaseline } from '../bench/compare/baseline.ts';
import { compareResults } from '../bench/compare/compare.ts';
import type { ServerRequest } from '../bench/host.ts';
import { loadResult, writeResult } from '../bench/report/files.ts';
import type { BenchResult, PointResult } from '../bench/result.ts';
import { collectResult, findChangedServers } from '../bench/run/collect.ts';
import { estimateTime } from '../bench/run/estimate.ts';
import type { RunPlan, Subject } from '../bench/run/plan.ts';
import {
  summariseComparison,
  summarisePoint,
  type BenchCalibrationReport,
  type BenchPlanReport,
  type BenchRunReport,
} from '../bench/run/report.ts';
import { runPlan, type RunFailure } from '../bench/run/run.ts';
import { DEFAULT_GOOD_SHARE, findSearched, type SearchOutcome } from '../bench/run/search.ts';
import { openStore, readSeed, type RunStore } from '../bench/run/store.ts';
import { findMissed, findUnknown, findUnmet } from '../bench/run/thresholds.ts';
import { parseModel } from '../engine/request.ts';
import { parseReference } from '../oci/reference.ts';
import { describeConditions } from './bench-conditions.ts';
import { openBenchHost } from './bench-hosts.ts';
import { planBench, requiredShare, type BenchFlags, type ServerFlags } from './bench-request.ts';
import { profilesFolder } from './build-images.ts';
import { createRunEvents } from './present/bench.ts';
import { parseVariable } from './variables.ts';
import { parseFormats, writeBenchReports } from './bench-reports.ts';
import type { Session } from './session.ts';

const METRICS_INTERVAL_MS = 1_000;
/** Loading and compiling a model of usual size. */
const USUAL_START_MS = 240_000;

/** Measures the load client itself. @throws AimError remote when it or the simulated server dies */
export async function calibrate(session: Session): Promise<BenchCalibrationReport> {
  const { exec, signal, progress } = session;
  const onPhase = (phase: string) => progress.update(`calibrating: ${phase}`);
  return { calibration: await runCalibration({ exec, signal, onPhase }) };
}

/** Plans only. @throws AimError usage */
export function planReport(session: Session, flags: BenchFlags): BenchPlanReport {
  const plan = planBench(flags, profilesFolder(flags.profiles, session.locations.root));
  // Said now, not after hours of measuring.
  requiredShare(flags);
  parseFormats(flags.format ?? []);
  return { plan, estimate: estimateTime(plan, flags.url === undefined ? USUAL_START_MS : 0) };
}

/** Measures what the flags ask for and writes what came out. @throws AimError */
export async function runBench(session: Session, given: BenchFlags): Promise<BenchRunReport> {
  const output = resolve(given.output ?? `bench-${stampOf(new Date())}`);
  const seed = given.seed ?? (given.resume ? readSeed(output) : undefined) ?? randomInt(2 ** 32);
  const flags = { ...given, seed };
  const { plan } = planReport(session, flags);
  const share = requiredShare(flags);
  const formats = parseFormats(flags.format ?? ['html']);
  const toRequest = requestMaker(flags);
  const baseline = flags.baseline === undefined ? undefined : loadBaseline(flags.baseline, plan);
  const description = { target: describeConditions(flags, seed), plan };
  const { signal } = session;
  const opened = await openBenchHost(session, { ...flags, output });
  try {
    const store = await openStore(output, description, { resume: flags.resume, signal });
    try {
      const failures = await runPlan(plan, {
        ...{ host: opened, store, toRequest, signal },
        client: {
          workers: flags.workers,
          metricsIntervalMs: METRICS_INTERVAL_MS,
          keepText: false,
          resetPrefixCache: flags['reset-prefix-cache'],
        },
        requiredShare: share ?? DEFAULT_GOOD_SHARE,
        events: createRunEvents(session.progress),
        nowIso,
      });
      return await report(session, { plan, store, failures, share, baseline, formats });
    } finally {
      await store.close();
    }
  } finally {
    await opened.close();
  }
}

/** The earlier run as far as it is measured again. @throws AimError usage when there is none, or nothing could be judged */
function loadBaseline(folder: string, plan: RunPlan): BenchResult {
  return selectBaseline(loadResult(resolve(folder)).result, plan);
}

interface Measured {
  readonly plan: RunPlan;
  readonly store: RunStore;
  readonly failures: readonly RunFailure[];
  readonly share: number | undefined;
  readonly baseline: BenchResult | undefined;
  readonly formats: ReturnType<typeof parseFormats>;
}

async function report(session: Session, measured: Measured): Promise<BenchRunReport> {
  const { plan, store, failures, share, baseline, formats } = measured;
  const tool = { name: 'aimctl' as const, version: session.locations.version };
  const result = collectResult(plan, store, { tool, finishedAt: nowIso() });
  const [only] = failures;
  // Nothing was measured: why is the whole answer.
  if (result.points.length === 0 && only !== undefined) throw only.error;
  await writeResult(store.folder, result, session.signal);
  const { host, startedAt, finishedAt } = result;
  const required = share ?? DEFAULT_GOOD_SHARE;
  const { least } = plan.workload.repeats;
  const searches = findSearched(plan, { repeats: store.repeats, requiredShare: required });
  // What a search found has to hold over all its repeats, not only in the one that decided.
  const missed =
    searches.length === 0
      ? findMissed(result, { share, repeats: least })
      : [
          ...findUnmet(searches),
          ...findUnknown(result),
          ...findMissed({ points: result.points.filter(isBest(searches)) }, { share: required, repeats: least }),
        ];
  return {
    ...{ output: store.folder, host, startedAt, finishedAt },
    points: result.points.map(summarisePoint),
    files: await writeBenchReports(session, { folder: store.folder, formats }),
    failures: failures.map(({ profile, id, error }) => ({ profile, id, code: error.code, message: error.message })),
    missed,
    searches,
    changed: findChangedServers(plan, store.entries()),
    comparison: baseline === undefined ? null : summariseComparison(compareResults(baseline, result)),
  };
}

function isBest(searches: readonly SearchOutcome[]): (point: PointResult) => boolean {
  return ({ key }) => searches.some(({ best }) => best === key);
}

/** What a host is asked to start for a subject. @throws AimError usage */
export function requestMaker(flags: ServerFlags): (subject: Subject) => ServerRequest {
  const env = Object.fromEntries((flags.env ?? []).map(parseVariable));
  const shared = {
    image: flags.image === undefined ? undefined : parseReference(flags.image).text,
    model: flags.model === undefined ? undefined : parseModel(flags.model),
    ...{ env, gpuCount: 0, readyTimeoutMs: flags.timeout * 1000 },
  };
  return ({ file }) => ({ ...shared, profile: file });
}

function nowIso(): string {
  return new Date().toISOString();
}

/** `20260131-235959`, UTC. */
function stampOf(date: Date): string {
  return date
    .toISOString()
    .replaceAll(/[-:]|\..*/g, '')
    .replace('T', '-');
}
