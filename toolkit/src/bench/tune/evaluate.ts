import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metric } from 'aim-runtime/profile';
import { writeDocuments } from '../../documents/write.ts';
import { isEngineFailure } from '../engine-failure.ts';
import type { BenchHost, ServerRequest } from '../host.ts';
import { writeResult } from '../report/files.ts';
import type { BenchResult } from '../result.ts';
import { collectResult } from '../run/collect.ts';
import type { ClientSettings } from '../run/measure.ts';
import { planRun, type RunPlan, type Subject, type Workload } from '../run/plan.ts';
import { runPlan, type RunEvents, type RunFailure } from '../run/run.ts';
import { openStore } from '../run/store.ts';
import { scoreResult } from './score.ts';
import type { Evaluation, Level } from './step.ts';

/** A candidate as a profile's file. */
export interface CandidateFile {
  readonly key: string;
  readonly path: string;
}

/** What candidates are measured with. */
export interface EvaluateDeps {
  readonly folder: string;
  readonly host: BenchHost;
  readonly workload: Workload;
  readonly metric: Metric;
  readonly requiredShare: number;
  readonly toRequest: (subject: Subject) => ServerRequest;
  readonly client: ClientSettings;
  readonly tool: BenchResult['tool'];
  readonly signal: AbortSignal;
  readonly events: RunEvents;
  readonly nowIso: () => string;
}

const SMOKE_REQUESTS = 2;
const SHORT_REQUESTS_PER_SLOT = 3;
/** On a busy machine a repeat may not be valid. */
const MOST_SHORT_REPEATS = 3;

/** Folder of a candidate's measurement. */
export function evaluationFolder(folder: string, key: string, level: Level): string {
  return join(folder, 'candidates', `${key}-${level}`);
}

/** What is known of a candidate from the disk; undefined for what was not measured to its end. */
export function loadEvaluation(folder: string, key: string, level: Level): Evaluation | undefined {
  const file = join(evaluationFolder(folder, key, level), 'evaluation.json');
  if (!existsSync(file)) return undefined;
  try {
    const value = JSON.parse(readFileSync(file, 'utf8')) as Partial<Evaluation> | null;
    const { score, reason } = value ?? {};
    return score === undefined || reason === undefined ? undefined : { score, reason };
  } catch {
    return undefined; // damaged: it is measured again
  }
}

/** Plan of one measurement. A short one begins with a few single requests, to see that answers come at all. */
export function planEvaluation({ key, path }: CandidateFile, level: Level, workload: Workload): RunPlan {
  const digest = createHash('sha256').update(readFileSync(path)).digest('hex');
  const subject: Subject = { profile: key, file: path, digest };
  return planEvaluationPoints(planRun([subject], workload), level);
}

/** The points of a full plan at a level. */
export function planEvaluationPoints({ workload, servers }: RunPlan, level: Level): RunPlan {
  if (level === 'full') return { workload, servers };
  return {
    workload: { ...workload, repeats: { least: 1, most: MOST_SHORT_REPEATS } },
    servers: servers.map((server) => ({ ...server, points: shorten(server.points) })),
  };
}

type Points = RunPlan['servers'][number]['points'];

function shorten(points: Points): Points {
  const [first] = points;
  if (first === undefined) return points;
  const load = { kind: 'concurrency', concurrency: 1 } as const;
  const smoke = { ...first, key: `${first.key}.smoke`, load, requests: SMOKE_REQUESTS, warmupRequests: 0 };
  const short = points.map((point) => {
    const slots = point.load.kind === 'concurrency' ? point.load.concurrency : 1;
    const requests = Math.min(point.requests ?? Infinity, Math.max(4, SHORT_REQUESTS_PER_SLOT * slots));
    return { ...point, requests, warmupRequests: Math.min(point.warmupRequests, slots) };
  });
  return [smoke, ...short];
}

/**
 * Measures a candidate and keeps what came out. An engine that does not start, or dies, is a result with its reason.
 * Nothing is kept of a failure of the surroundings, such as a lost connection: a resumed search measures again.
 * @throws AimError what failed around the engine
 */
export async function evaluateCandidate(
  candidate: CandidateFile,
  level: Level,
  deps: EvaluateDeps,
): Promise<Evaluation> {
  const folder = evaluationFolder(deps.folder, candidate.key, level);
  const plan = planEvaluation(candidate, level, deps.workload);
  const description = { target: { candidate: candidate.key }, plan };
  const store = await openStore(folder, description, { resume: true, signal: deps.signal });
  try {
    const [failed] = await runPlan(plan, { ...deps, store });
    if (failed !== undefined && !(await isResult(failed, deps.host))) throw failed.error;
    const result = collectResult(plan, store, { tool: deps.tool, finishedAt: deps.nowIso() });
    await writeResult(folder, result, deps.signal);
    const points = result.points.filter(({ key }) => !key.endsWith('.smoke'));
    const evaluation: Evaluation =
      failed === undefined
        ? scoreResult({ points }, deps.metric, deps.requiredShare)
        : { score: null, reason: failed.error.message };
    const text = `${JSON.stringify(evaluation, undefined, 2)}\n`;
    writeDocuments([{ path: join(folder, 'evaluation.json'), text }], { force: true });
    return evaluation;
  } finally {
    await store.close();
  }
}

/**
 * Whether a failure says something of the candidate: its engine failed, or the load client could not measure it, and
 * the host still answers.
 */
async function isResult({ id, error }: RunFailure, host: BenchHost): Promise<boolean> {
  const isOwn = isEngineFailure(error) || error.code === 'check-failed' || (error.code === 'remote' && id !== null);
  if (!isOwn) return false;
  return host.capacity(1).then(
    () => true,
    () => false,
  );
}
