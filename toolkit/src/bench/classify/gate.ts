import { judgeShares, scoreAnswers, type Answers, type GateResult } from '../correctness/score.ts';
import type { ServerIdentity } from '../host.ts';
import type { BenchConfig } from './config.ts';
import type { MeasuredProfile } from './load-runs.ts';

/** What answers there are, and how they are judged. */
export interface GateSources {
  readonly answers: readonly Answers[];
  readonly reference: Answers | undefined;
  readonly config: Pick<BenchConfig, 'gate'>;
}

/** The gate of a measured server, or why there is none. */
export type FoundGate = { readonly gate: GateResult } | { readonly gate: null; readonly unchecked: string | undefined };

/** A profile as it was measured. */
export interface MeasuredServer {
  readonly measured: MeasuredProfile;
  /** SHA-256 of the profile's file as it was measured. */
  readonly fileDigest: string;
  readonly identity: ServerIdentity;
}

/**
 * Answers count for the text and for the server that were measured; without new ones, those that were stored for the
 * same content and server, judged by the thresholds of now.
 */
export function findGate({ measured, fileDigest, identity }: MeasuredServer, sources: GateSources): FoundGate {
  const { answers, reference, config } = sources;
  const given = answers.filter((each) => each.profileFileDigest === fileDigest);
  const fitting = given.findLast((each) => describeDifference(each.identity, identity) === undefined);
  if (fitting !== undefined) return { gate: scoreAnswers(fitting, reference, config.gate) };
  const { stored } = measured;
  const kept = stored?.contentDigest === measured.contentDigest && stored.gate !== null ? stored : undefined;
  const difference = kept && describeDifference(kept.identity, identity);
  if (kept?.gate && difference === undefined) return { gate: judgeShares(kept.gate, config.gate) };
  const last = given.at(-1);
  return { gate: null, unchecked: last === undefined ? difference : describeDifference(last.identity, identity) };
}

/** Answers of another engine, model or GPU say nothing; of another image where the digests of both are known. */
function describeDifference(answered: ServerIdentity, measured: ServerIdentity): string | undefined {
  const { imageDigest: digest } = answered;
  const parts: readonly (readonly [string, string | null, string | null])[] = [
    ['model', answered.model, measured.model],
    ['engine version', answered.engineVersion, measured.engineVersion],
    ['GPU', answered.gpu, measured.gpu],
    ['image digest', digest, digest === null ? null : (measured.imageDigest ?? digest)],
  ];
  const found = parts.find(([, first, second]) => first !== second);
  if (found === undefined) return undefined;
  const [name, first, second] = found;
  return `they are of another ${name} (${first ?? 'unknown'}, measured was ${second ?? 'unknown'})`;
}
