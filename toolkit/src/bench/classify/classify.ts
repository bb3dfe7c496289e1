import type { ProfileType } from 'aim-runtime/profile';
import type { PointResult } from '../result.ts';
import { MEASURED_TYPES, type Evidence, type MeasuredType } from './evidence.ts';
import { selectFigures, type FigurePoint } from './figures.ts';
import { findGate } from './gate.ts';
import { judgeType, type Judgement } from './judge.ts';
import { isSameText, type MeasuredProfile, type MeasuredRun } from './load-runs.ts';
import { findOthers, isGeneral, type RivalSources } from './rivals.ts';

/** What types are decided from. */
export type ClassifyRequest = RivalSources;

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

/** The shape that speaks least for a profile decides; shapes that the general profile was measured with come first. */
function findEvidence(measured: MeasuredProfile, request: ClassifyRequest): Evidence | string {
  const runs = request.runs.filter(({ digests }) => {
    const digest = digests.get(measured.name);
    return digest !== undefined && isSameText(measured, digest);
  });
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
  const { gate, ...rest } = findGate({ measured, fileDigest: measuredFileDigest, identity: point.identity }, request);
  const { estimate: own, better } = figure;
  const { best, general } = others;
  const judgement: Judgement = judgeType(
    { own, better, best: best?.estimate ?? null, general: general?.estimate ?? null, preemptions, gate, ...rest },
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

function countPreemptions({ repeats }: PointResult): number | null {
  const counts = repeats.filter(({ valid }) => valid).flatMap(({ server }) => server?.preemptions ?? []);
  return counts.length === 0 ? null : counts.reduce((sum, count) => sum + count, 0);
}
