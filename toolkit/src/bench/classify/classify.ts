import type { Profile, ProfileType } from 'aim-runtime/profile';
import { scoreAnswers, type Answers, type GateResult } from '../correctness/score.ts';
import type { PointResult } from '../result.ts';
import type { BenchConfig } from './config.ts';
import { MEASURED_TYPES, type ComparedProfile, type Evidence, type MeasuredType } from './evidence.ts';
import { isBetter, selectFigures, type FigurePoint } from './figures.ts';
import { judgeType, type Judgement } from './judge.ts';
import type { MeasuredProfile, MeasuredRun } from './load-runs.ts';

export interface ClassifyRequest {
  readonly runs: readonly MeasuredRun[];
  readonly profiles: readonly MeasuredProfile[];
  readonly answers: readonly Answers[];
  readonly reference: Answers | undefined;
  /** Evidence of other profiles of the same models. */
  readonly known: readonly Evidence[];
  readonly config: BenchConfig;
}

/** What measurements say of one profile. */
export interface ClassifiedProfile {
  readonly profile: string;
  readonly path: string;
  readonly metric: string;
  readonly before: ProfileType;
  /** Null where nothing can be said; the reasons tell why. */
  readonly type: MeasuredType | null;
  readonly reasons: readonly string[];
  /** Null without a type. */
  readonly evidence: Evidence | null;
}

/** Decides the type of every measured profile that is for one model; general ones are what they are compared with. */
export function classifyProfiles(request: ClassifyRequest): readonly ClassifiedProfile[] {
  return request.profiles
    .filter(({ profile }) => !isGeneral(profile))
    .map((measured) => {
      const { name: profile, path } = measured;
      const { metric, type: before } = measured.profile.metadata;
      const head = { profile, path, metric, before };
      const found = findEvidence(measured, request);
      if (typeof found === 'string') return { ...head, type: null, reasons: [found], evidence: null };
      return { ...head, type: found.type, reasons: found.reasons, evidence: found };
    });
}

/** The general profiles' folder makes them general. */
function isGeneral({ layer, metadata }: Profile): boolean {
  return layer === 'general' || metadata.type === 'general';
}

/** The shape that speaks least for a profile decides; shapes that the general profile was measured with come first. */
function findEvidence(measured: MeasuredProfile, request: ClassifyRequest): Evidence | string {
  const measuredRuns = request.runs.filter(({ digests }) => digests.has(measured.name));
  const runs = measuredRuns.filter((run) => isSameText(measured, run.digests.get(measured.name)));
  if (runs.length === 0) return 'the file is not the one that was measured: measure it again';
  const wanted = { profile: measured.name, metric: measured.profile.metadata.metric };
  const { classify } = request.config;
  const figures = runs.flatMap((run) => selectFigures(run.result, wanted, classify).map((found) => ({ run, found })));
  const candidates = figures.map(({ run, found }) => toEvidence(measured, { run, found, request }));
  const compared = candidates.some(({ general }) => general !== null)
    ? candidates.filter(({ general }) => general !== null)
    : candidates;
  const [worst] = [...compared].sort((a, b) => MEASURED_TYPES.indexOf(b.type) - MEASURED_TYPES.indexOf(a.type));
  if (worst !== undefined) return worst;
  return wanted.metric === 'latency'
    ? `no valid point with at most ${classify.latencyConcurrency} requests at once`
    : 'no valid point, or none within the limits';
}

/** Writing the type changes the file; what was stored with it knows the text that was measured. */
function isSameText({ fileDigest, contentDigest, stored }: MeasuredProfile, measured: string | undefined): boolean {
  if (measured === undefined) return false;
  return fileDigest === measured || (stored?.measuredFileDigest === measured && stored.contentDigest === contentDigest);
}

interface Found {
  readonly run: MeasuredRun;
  readonly found: FigurePoint;
  readonly request: ClassifyRequest;
}

function toEvidence(measured: MeasuredProfile, { run, found, request }: Found): Evidence {
  const { config } = request;
  const { point, figure } = found;
  const others = findOthers(measured, found, request);
  const preemptions = countPreemptions(point);
  const measuredFileDigest = run.digests.get(measured.name) ?? measured.fileDigest;
  const gate = findGate(measured, measuredFileDigest, request);
  const { estimate: own, better } = figure;
  const { best, general } = others;
  const judgement: Judgement = judgeType(
    { own, better, best: best?.estimate ?? null, general: general?.estimate ?? null, preemptions, gate },
    config.classify,
  );
  const { tool, host, startedAt, finishedAt } = run.result;
  return {
    schemaVersion: 1,
    ...{ profile: measured.name, precision: measured.profile.metadata.precision },
    ...{ contentDigest: measured.contentDigest, measuredFileDigest },
    ...{ ...judgement, identity: point.identity, figure, best, general, preemptions },
    ...{ thresholds: config.classify, gate },
    source: { tool: `${tool.name} ${tool.version}`, host, startedAt, finishedAt },
  };
}

/** The best other profile of the same model, GPU and precision, and the general one with the same model and GPU. */
function findOthers(
  measured: MeasuredProfile,
  { point, figure }: FigurePoint,
  { runs, profiles, known, config }: ClassifyRequest,
): { readonly best: ComparedProfile | null; readonly general: ComparedProfile | null } {
  const { metric } = measured.profile.metadata;
  const figuresOf = (profile: string) =>
    runs
      .flatMap(({ result }) => selectFigures(result, { profile, metric }, config.classify))
      .filter(({ point: other }) => other.identity.gpu === point.identity.gpu)
      .filter(({ figure: other }) => other.shape === figure.shape);
  const rivals = profiles.filter((other) => other.name !== measured.name && isRival(measured.profile, other.profile));
  const rivalNames = new Set(rivals.map(({ name }) => name));
  const stored = known
    .filter((each) => each.profile !== measured.name && !rivalNames.has(each.profile))
    .filter((each) => each.precision === measured.profile.metadata.precision)
    .filter((each) => each.identity.model === point.identity.model && each.identity.gpu === point.identity.gpu)
    .filter((each) => each.figure.name === figure.name && each.figure.shape === figure.shape)
    .map(({ profile, figure: other }) => ({ profile, figure: other }));
  const measuredRivals = rivals.flatMap(({ name }) =>
    figuresOf(name).map(({ figure: other }) => ({ profile: name, figure: other })),
  );
  const generals = profiles
    .filter(({ profile }) => isGeneral(profile))
    .flatMap(({ name }) => figuresOf(name).map((each) => ({ profile: name, ...each })))
    .filter(({ point: other }) => other.identity.model === point.identity.model);
  return { best: pickBest([...measuredRivals, ...stored]), general: pickBest(generals) };
}

function isRival(one: Profile, other: Profile): boolean {
  const { gpu, precision } = one.metadata;
  const sameModel = one.aimId === other.aimId && one.modelId === other.modelId;
  return !isGeneral(other) && sameModel && other.metadata.gpu === gpu && other.metadata.precision === precision;
}

function pickBest(
  figures: readonly { readonly profile: string; readonly figure: FigurePoint['figure'] }[],
): ComparedProfile | null {
  const best = figures.reduce<(typeof figures)[number] | undefined>(
    (known, each) => (known === undefined || isBetter(each.figure, known.figure) ? each : known),
    undefined,
  );
  return best === undefined ? null : { profile: best.profile, estimate: best.figure.estimate };
}

function countPreemptions({ repeats }: PointResult): number | null {
  const counts = repeats.filter(({ valid }) => valid).flatMap(({ server }) => server?.preemptions ?? []);
  return counts.length === 0 ? null : counts.reduce((sum, count) => sum + count, 0);
}

/** Answers count for the text that was measured; without new ones, those that were stored for the same content. */
function findGate(measured: MeasuredProfile, digest: string, request: ClassifyRequest): GateResult | null {
  const { answers, reference, config } = request;
  const given = answers.findLast((each) => each.profileFileDigest === digest);
  if (given !== undefined) return scoreAnswers(given, reference, config.gate);
  const { stored } = measured;
  return stored?.contentDigest === measured.contentDigest ? stored.gate : null;
}
