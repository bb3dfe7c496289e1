import { createHash } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { profileName } from 'aim-runtime/profile';
import { canonicalJson } from '../../images/canonical-json.ts';
import type { GateResult } from '../correctness/score.ts';
import type { ServerIdentity } from '../host.ts';
import type { Estimate } from '../result.ts';
import type { FigureName } from '../summary/figures.ts';
import type { ClassifyThresholds } from './config.ts';

/** Folder beside a model's profiles that holds what was measured of them. */
export const EVIDENCE_FOLDER = 'bench';

export const MEASURED_TYPES = ['optimized', 'preview', 'unoptimized'] as const;
export type MeasuredType = (typeof MEASURED_TYPES)[number];

/** A figure of a profile at one load. */
export interface EvidenceFigure {
  readonly name: FigureName;
  readonly unit: string;
  readonly better: 'higher' | 'lower';
  readonly estimate: Estimate;
  /** Key of the point. */
  readonly point: string;
  /** What was sent and how: figures of different shapes are not compared. */
  readonly shape: string;
  /** Joules per output token at that load; null where the power was not measured. */
  readonly joulePerOutputToken: number | null;
}

/** The best of a model's profiles, or the general one, by the same figure. */
export interface ComparedProfile {
  readonly profile: string;
  readonly estimate: Estimate;
}

/** What a profile's type is based on: `profiles/<org>/<model>/bench/<profile>.json`. */
export interface Evidence {
  readonly schemaVersion: 1;
  /** Name below the profiles folder. */
  readonly profile: string;
  /** Number format of the weights: only profiles of the same one are compared. */
  readonly precision: string;
  /** Of everything in the profile that decides about serving. */
  readonly contentDigest: string;
  /** SHA-256 of the file as it was measured. */
  readonly measuredFileDigest: string;
  readonly type: MeasuredType;
  readonly reasons: readonly string[];
  readonly identity: ServerIdentity;
  readonly figure: EvidenceFigure;
  readonly best: ComparedProfile | null;
  readonly general: ComparedProfile | null;
  readonly preemptions: number | null;
  readonly thresholds: ClassifyThresholds;
  readonly gate: GateResult | null;
  readonly source: {
    readonly tool: string;
    readonly host: string;
    readonly startedAt: string;
    readonly finishedAt: string;
  };
}

/** Place of a profile's evidence. */
export function evidencePath(profilePath: string): string {
  return join(dirname(profilePath), EVIDENCE_FOLDER, `${profileName(basename(profilePath))}.json`);
}

/** What a profile's type says nothing about: itself, and whether the runtime may choose the profile. */
const NO_CONTENT = new Set(['type', 'manual_selection_only']);

/** Digest of what a profile serves with. Comments, order and the type do not change it. @param value of its YAML */
export function digestContent(value: unknown): string {
  const { metadata = {}, ...rest } = (value ?? {}) as { metadata?: Readonly<Record<string, unknown>> | null };
  const kept = Object.fromEntries(Object.entries(metadata ?? {}).filter(([key]) => !NO_CONTENT.has(key)));
  const hash = createHash('sha256').update(canonicalJson({ ...rest, metadata: kept }));
  return `sha256:${hash.digest('hex')}`;
}
