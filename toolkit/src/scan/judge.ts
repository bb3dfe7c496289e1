import type { ScanConfig } from './config.ts';
import type { GrypeReport, Vulnerability } from './grype-report.ts';
import { reaches, SEVERITIES, type Severity } from './severity.ts';

/** Why a finding stops a release, or why it does not. */
export type Verdict = 'stops' | 'below-threshold' | 'no-fix' | 'accepted';

export interface JudgedVulnerability extends Vulnerability {
  readonly verdict: Verdict;
  /** Reason somebody accepted it for; null when nobody did. */
  readonly acceptedBecause: string | null;
}

/** What was found in an image, and what of it stops a release. */
export interface JudgedReport {
  /** False when something stops a release. */
  readonly passed: boolean;
  readonly counts: Readonly<Record<Severity, number>>;
  readonly vulnerabilities: readonly JudgedVulnerability[];
  /** Accepted vulnerabilities whose day has passed. */
  readonly expired: readonly string[];
}

/** @param today `YYYY-MM-DD` */
export function judgeReport({ vulnerabilities }: GrypeReport, config: ScanConfig, today: string): JudgedReport {
  const isCurrent = (until: string | null) => until === null || until >= today;
  const current = new Map(
    config.accepted.filter(({ until }) => isCurrent(until)).map(({ id, reason }) => [id, reason]),
  );
  const judged = vulnerabilities.map((found): JudgedVulnerability => {
    const acceptedBecause = current.get(found.id) ?? null;
    return { ...found, acceptedBecause, verdict: judge(found, config, acceptedBecause) };
  });
  const countOf = (severity: Severity) => judged.filter((found) => found.severity === severity).length;
  return {
    passed: judged.every(({ verdict }) => verdict !== 'stops'),
    counts: Object.fromEntries(SEVERITIES.map((severity) => [severity, countOf(severity)])) as Record<Severity, number>,
    vulnerabilities: judged,
    expired: config.accepted.filter(({ until }) => !isCurrent(until)).map(({ id }) => id),
  };
}

function judge({ severity, fixedIn }: Vulnerability, config: ScanConfig, acceptedBecause: string | null): Verdict {
  if (!reaches(severity, config.failOn)) return 'below-threshold';
  if (acceptedBecause !== null) return 'accepted';
  return config.onlyFixed && fixedIn.length === 0 ? 'no-fix' : 'stops';
}
