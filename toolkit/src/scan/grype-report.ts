import { failure } from '../exit-codes.ts';
import { parseJson, toList, toObject, toText, type Json } from '../documents/loose-json.ts';
import { SEVERITIES, type Severity } from './severity.ts';

/** A known vulnerability of a package in an image. */
export interface Vulnerability {
  /** `CVE-2024-1234`, `GHSA-…`. */
  readonly id: string;
  readonly severity: Severity;
  readonly package: string;
  readonly version: string;
  /** Kind of package: `deb`, `python`, `npm`. */
  readonly type: string;
  /** Versions without it; empty when there is none yet. */
  readonly fixedIn: readonly string[];
  /** Where the package is in the image; null when that is unknown. */
  readonly path: string | null;
  /** Page about it; null without one. */
  readonly url: string | null;
  readonly description: string;
  /** CVSS base score, the highest known, 0 to 10; null without one. */
  readonly score: number | null;
}

/** What Grype found out about an image. */
export interface GrypeReport {
  readonly vulnerabilities: readonly Vulnerability[];
  /** When the database of vulnerabilities was made, ISO 8601; null when it does not say. */
  readonly databaseBuilt: string | null;
  /** Version of the scanner as it says itself; null when it does not. */
  readonly version: string | null;
}

/**
 * Reads what `grype -o json` prints. Only what is needed is read; what a newer version adds is no problem.
 * Sorted from grave to mild, then by package. @throws AimError environment when it is no such report
 */
export function parseGrypeReport(text: string): GrypeReport {
  const root = toObject(parseJson(Buffer.from(text)));
  const matches = root['matches'];
  if (!Array.isArray(matches)) throw notAReport(text.trim());
  const descriptor = toObject(root['descriptor']);
  return {
    vulnerabilities: mergeEqual(matches.map(toVulnerability)).sort(byGravity),
    databaseBuilt: readDatabaseTime(toObject(descriptor['db'])),
    version: toText(descriptor['version']) ?? null,
  };
}

function toVulnerability(match: unknown): Vulnerability {
  const vulnerability = toObject(toObject(match)['vulnerability']);
  const artifact = toObject(toObject(match)['artifact']);
  const related = toList(toObject(match)['relatedVulnerabilities']).map(toObject);
  const id = toText(vulnerability['id']);
  const name = toText(artifact['name']);
  if (id === undefined || name === undefined) throw notAReport('a match without vulnerability or package');
  const [location] = toList(artifact['locations']).map(toObject);
  return {
    id,
    severity: toSeverity(vulnerability['severity']),
    package: name,
    version: toText(artifact['version']) ?? '',
    type: toText(artifact['type']) ?? '',
    fixedIn: toList(toObject(vulnerability['fix'])['versions']).filter((item) => typeof item === 'string'),
    path: toText(location?.['path']) ?? null,
    url: toText(vulnerability['dataSource']) ?? null,
    description: firstText([vulnerability, ...related], 'description'),
    score: highestScore([vulnerability, ...related]),
  };
}

/** The same package may be found at several places: it is one finding, at the first of them. */
function mergeEqual(found: readonly Vulnerability[]): Vulnerability[] {
  const byKey = new Map<string, Vulnerability>();
  for (const item of found) {
    const key = [item.id, item.type, item.package, item.version].join(' ');
    if (!byKey.has(key)) byKey.set(key, item);
  }
  return [...byKey.values()];
}

function byGravity(a: Vulnerability, b: Vulnerability): number {
  const gravity = SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity);
  const keyOf = ({ package: name, version, id }: Vulnerability) => `${name} ${version} ${id}`;
  return gravity || (keyOf(a) < keyOf(b) ? -1 : 1);
}

function toSeverity(value: unknown): Severity {
  const word = typeof value === 'string' ? value.toLowerCase() : '';
  return SEVERITIES.find((severity) => severity === word) ?? 'unknown';
}

/** Up to 0.87 the database's time is `db.built`, since then it is below `db.status`. */
function readDatabaseTime(db: Json): string | null {
  return toText(toObject(db['status'])['built']) ?? toText(db['built']) ?? null;
}

function firstText(sources: readonly Json[], key: string): string {
  return sources.map((source) => toText(source[key])).find((text) => text) ?? '';
}

function highestScore(sources: readonly Json[]): number | null {
  const scores = sources
    .flatMap((source) => toList(source['cvss']))
    .map((cvss) => toObject(toObject(cvss)['metrics'])['baseScore'])
    .filter((score) => typeof score === 'number');
  return scores.length === 0 ? null : Math.max(...scores);
}

function notAReport(found: string): Error {
  return failure('environment', {
    message: `the scanner's output is no report of Grype: ${found.slice(0, 200) || 'it is empty'}`,
    hint: 'Check that the program called grype is Anchore Grype.',
  });
}
