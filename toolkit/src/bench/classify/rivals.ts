import type { Profile } from 'aim-runtime/profile';
import { judgeShares } from '../correctness/score.ts';
import type { BenchConfig } from './config.ts';
import type { ComparedProfile, Evidence, EvidenceFigure } from './evidence.ts';
import { isBetter, selectFigures, type FigurePoint } from './figures.ts';
import { findGate, type GateSources } from './gate.ts';
import { isSameText, type MeasuredProfile, type MeasuredRun } from './load-runs.ts';

/** What a profile may be compared with. */
export interface RivalSources extends GateSources {
  readonly runs: readonly MeasuredRun[];
  readonly profiles: readonly MeasuredProfile[];
  /** Evidence of other profiles of the same models. */
  readonly known: readonly Evidence[];
  readonly config: BenchConfig;
}

interface NamedFigure {
  readonly profile: string;
  readonly figure: EvidenceFigure;
}

/** The general profiles' folder makes them general. */
export function isGeneral({ layer, metadata }: Profile): boolean {
  return layer === 'general' || metadata.type === 'general';
}

/**
 * The best other profile of the same model, GPU and precision whose answers are not known to be wrong, and the general
 * one with the same model and GPU. What was measured of another text of theirs does not count.
 */
export function findOthers(
  measured: MeasuredProfile,
  own: FigurePoint,
  sources: RivalSources,
): { readonly best: ComparedProfile | null; readonly general: ComparedProfile | null } {
  const rivals = sources.profiles.filter(
    (other) => other.name !== measured.name && isRival(measured.profile, other.profile),
  );
  const { metric } = measured.profile.metadata;
  const inRuns = rivals.flatMap((rival) => figuresOf(rival, { metric, own }, sources));
  const generals = sources.profiles
    .filter(({ profile }) => isGeneral(profile))
    .flatMap((general) => figuresOf(general, { metric, own }, sources))
    .filter(({ point }) => point.identity.model === own.point.identity.model);
  const names = new Set(inRuns.map(({ profile }) => profile));
  const stored = selectStored(measured, own, sources).filter(({ profile }) => !names.has(profile));
  const right = inRuns.filter(({ gate }) => gate?.passed !== false);
  return { best: pickBest([...right, ...stored]), general: pickBest(generals) };
}

/** Figures of the same shape and GPU that runs hold of a profile's present text, with the gate of each. */
function figuresOf(
  other: MeasuredProfile,
  { metric, own }: { readonly metric: Profile['metadata']['metric']; readonly own: FigurePoint },
  sources: RivalSources,
) {
  const profile = other.name;
  return sources.runs.flatMap(({ result, digests }) => {
    const fileDigest = digests.get(profile);
    if (fileDigest === undefined || !isSameText(other, fileDigest)) return [];
    return selectFigures(result, { profile, metric }, sources.config.classify)
      .filter(({ point }) => point.identity.gpu === own.point.identity.gpu)
      .filter(({ figure }) => figure.shape === own.figure.shape)
      .map(({ point, figure }) => {
        const { gate } = findGate({ measured: other, fileDigest, identity: point.identity }, sources);
        return { profile, point, figure, gate };
      });
  });
}

/** What is stored of others, unless their text is another one by now, or their answers are wrong. */
function selectStored(
  measured: MeasuredProfile,
  { point, figure }: FigurePoint,
  { profiles, known, config }: RivalSources,
): readonly NamedFigure[] {
  const contents = new Map(profiles.map(({ name, contentDigest }) => [name, contentDigest]));
  return known
    .filter((each) => each.profile !== measured.name && each.profile !== measured.stored?.profile)
    .filter((each) => each.precision === measured.profile.metadata.precision)
    .filter((each) => each.identity.model === point.identity.model && each.identity.gpu === point.identity.gpu)
    .filter((each) => each.figure.name === figure.name && each.figure.shape === figure.shape)
    .filter((each) => (contents.get(each.profile) ?? each.contentDigest) === each.contentDigest)
    .filter(({ gate }) => gate === null || judgeShares(gate, config.gate).passed);
}

function isRival(one: Profile, other: Profile): boolean {
  const { gpu, precision } = one.metadata;
  const sameModel = one.aimId === other.aimId && one.modelId === other.modelId;
  return !isGeneral(other) && sameModel && other.metadata.gpu === gpu && other.metadata.precision === precision;
}

function pickBest(figures: readonly NamedFigure[]): ComparedProfile | null {
  const best = figures.reduce<NamedFigure | undefined>(
    (known, each) => (known === undefined || isBetter(each.figure, known.figure) ? each : known),
    undefined,
  );
  return best === undefined ? null : { profile: best.profile, estimate: best.figure.estimate };
}
