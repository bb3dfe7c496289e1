import type { BrokenProfile, SchemaChanges } from '../../engine-schema/breakage.ts';

/** Result of `aimctl schema extract`. */
export interface ExtractionReport {
  readonly image: string;
  readonly engine: string;
  readonly version: string;
  /** File that was written. */
  readonly output: string;
  readonly arguments: number;
  readonly changes: SchemaChanges;
  readonly broken: readonly BrokenProfile[];
  /** Files below the profiles folder that are no valid profiles, and were not looked at. */
  readonly invalid: readonly string[];
}

/** What was written, what changed, and every profile that breaks with why. */
export function renderExtraction(report: ExtractionReport): string {
  const { changes, broken, invalid } = report;
  const list = (title: string, names: readonly string[]) =>
    names.length === 0 ? [] : [`${title}: ${names.join(', ')}`];
  return [
    `${report.output}: ${report.arguments} arguments of ${report.engine} ${report.version} in ${report.image}`,
    ...list(`new since ${changes.against}`, changes.added),
    ...list(`gone since ${changes.against}`, changes.removed),
    broken.length === 0 ? 'No profile breaks.' : `${broken.length} profiles break:`,
    ...broken.flatMap(({ profile, problems }) => [
      `  ${profile}`,
      ...problems.map(({ path, message, suggestion }) => {
        const instead = suggestion === undefined ? '' : ` (nearest: ${suggestion})`;
        return `    ${path}: ${message}${instead}`;
      }),
    ]),
    ...invalid.map((path) => `invalid: ${path}`),
  ].join('\n');
}
