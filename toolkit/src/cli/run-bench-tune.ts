import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { loadBenchConfig, type BenchConfig } from '../bench/classify/config.ts';
import { loadAnswers } from '../bench/correctness/answers-file.ts';
import { askServer } from '../bench/correctness/ask.ts';
import { requireSameModel, scoreAnswers, type Answers } from '../bench/correctness/score.ts';
import type { BenchHost } from '../bench/host.ts';
import { lockFolder } from '../bench/run/folder-lock.ts';
import { DEFAULT_GOOD_SHARE } from '../bench/run/search.ts';
import { evaluateCandidate, loadEvaluation, type CandidateFile, type EvaluateDeps } from '../bench/tune/evaluate.ts';
import { publishWinner, type PublishedProfile } from '../bench/tune/publish.ts';
import { baseCandidate, candidateKey, describeCandidate, type Candidate } from '../bench/tune/space.ts';
import { tune, type TuneActions, type TuneOutcome } from '../bench/tune/tune.ts';
import { writeDocuments } from '../documents/write.ts';
import { failure } from '../exit-codes.ts';
import { findConfig } from '../lint/config.ts';
import { describeConditions } from './bench-conditions.ts';
import { openBenchHost } from './bench-hosts.ts';
import { claimFolder, planTune, type TuneFlags, type TuneRequest } from './bench-tune-request.ts';
import { profilesFolder } from './build-images.ts';
import { createRunEvents } from './present/bench.ts';
import { summariseTune, type BenchTuneReport } from './present/bench-tune.ts';
import { requestMaker } from './run-bench.ts';
import type { Session } from './session.ts';

const METRICS_INTERVAL_MS = 1_000;

/** Searches around a profile and writes what was found. @throws AimError */
export async function runBenchTune(session: Session, name: string, flags: TuneFlags): Promise<BenchTuneReport> {
  const config = loadBenchConfig(flags.config ?? findConfig(process.cwd()));
  const request = await planTune(name, flags, profilesFolder(flags.profiles, session.locations.root));
  const trusted = flags.reference === undefined ? undefined : loadAnswers(resolve(flags.reference));
  const toRequest = requestMaker(flags);
  const conditions = { ...describeConditions(flags, request.settings.seed), reference: digestOf(trusted), config };
  claimFolder(request, { resume: flags.resume, conditions });
  const lock = await lockFolder(request.folder, { signal: session.signal });
  try {
    const host = await openBenchHost(session, flags);
    try {
      const deps = evaluateDeps(session, request, { host, toRequest });
      return await searchAround({ session, request, config, deps }, trusted);
    } finally {
      await host.close();
    }
  } finally {
    await lock.release();
  }
}

function digestOf(answers: Answers | undefined): string | null {
  return answers === undefined ? null : createHash('sha256').update(JSON.stringify(answers)).digest('hex');
}

async function searchAround(search: Search, trusted: Answers | undefined): Promise<BenchTuneReport> {
  const { request, config } = search;
  const base = request.candidates.write(baseCandidate(request.space));
  const own = await askOnce(search, base);
  const reference = trusted ?? own;
  checkOwnAnswers(own, reference, config);
  const outcome = await tune(
    {
      ...request,
      isAllowed: request.candidates.isAllowed,
      known: (candidate, level) => loadEvaluation(request.folder, candidateKey(candidate), level),
    },
    createActions(search, reference),
  );
  return summariseTune(request, outcome, await publish(search, { outcome, base, reference }));
}

interface Search {
  readonly session: Session;
  readonly request: TuneRequest;
  readonly config: BenchConfig;
  readonly deps: EvaluateDeps;
}

function evaluateDeps(
  session: Session,
  { folder, workload, profile }: TuneRequest,
  { host, toRequest }: { readonly host: BenchHost; readonly toRequest: EvaluateDeps['toRequest'] },
): EvaluateDeps {
  return {
    ...{ folder, host, workload, toRequest, signal: session.signal },
    metric: profile.metadata.metric,
    requiredShare: DEFAULT_GOOD_SHARE,
    client: { workers: 0, metricsIntervalMs: METRICS_INTERVAL_MS, keepText: false, resetPrefixCache: true },
    tool: { name: 'aimctl', version: session.locations.version },
    events: createRunEvents(session.progress),
    nowIso: () => new Date().toISOString(),
  };
}

function createActions(search: Search, reference: Answers): TuneActions {
  const { session, request, config, deps } = search;
  const { candidates, space } = request;
  return {
    evaluate: async (candidate, level, phase) => {
      session.progress.note(`${phase}: ${describeCandidate(space, candidate)} (${level})`);
      const evaluation = await evaluateCandidate(candidates.write(candidate), level, deps);
      const { score, reason } = evaluation;
      session.progress.note(`  ${score === null ? `failed: ${reason ?? ''}` : `score ${score.toFixed(2)}`}`);
      return evaluation;
    },
    ask: (candidate) => askOnce(search, candidates.write(candidate)),
    judge: (answers) => scoreAnswers(answers, reference, config.gate),
  };
}

/** A candidate's answers; asked for once, then read from the disk. */
async function askOnce({ deps }: Search, { key, path }: CandidateFile): Promise<Answers> {
  const file = join(deps.folder, 'answers', `${key}.json`);
  if (existsSync(file)) return loadAnswers(file);
  const digest = createHash('sha256').update(readFileSync(path)).digest('hex');
  const subject = { profile: key, file: path, digest };
  const { signal, nowIso, events } = deps;
  const request = deps.toRequest(subject);
  const answers = await askServer(deps.host, { subject, request, onPhase: events.phase, signal, nowIso });
  writeDocuments([{ path: file, text: `${JSON.stringify(answers, undefined, 2)}\n` }], { force: true });
  return answers;
}

/** A search around a profile that answers wrongly would find nothing but wrong ones. @throws AimError check-failed */
function checkOwnAnswers(own: Answers, reference: Answers, { gate: thresholds }: BenchConfig): void {
  requireSameModel(own, reference);
  const gate = scoreAnswers(own, reference, thresholds);
  if (gate.passed) return;
  throw failure('check-failed', {
    message: 'the profile itself does not answer rightly',
    details: gate.reasons,
    hint: 'Repair it first; for a model that cannot do better, set bench.least-correct in aimctl.config.yaml.',
  });
}

interface Found {
  readonly outcome: TuneOutcome;
  readonly base: CandidateFile;
  readonly reference: Answers;
}

/** Writes the winner; undefined when nothing is better than the profile itself. */
async function publish(search: Search, { outcome, base, reference }: Found): Promise<PublishedProfile | undefined> {
  const { request, config } = search;
  const found: Candidate | null = outcome.winner;
  if (found === null || candidateKey(found) === base.key) return undefined;
  const winner = request.candidates.write(found);
  const answers = await askOnce(search, winner);
  return publishWinner({ ...request, winner, base, answers, reference, config });
}
