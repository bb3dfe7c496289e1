import { loadResult } from '../bench/report/files.ts';
import { REPORT_FORMATS, type ReportFormat } from '../bench/report/formats.ts';
import { writeReports } from '../bench/report/write.ts';
import { failure } from '../exit-codes.ts';
import { loadReportPage } from './bench-report-page.ts';
import type { Session } from './session.ts';

/** `--format`: names, or several in one word with commas. @throws AimError usage */
export function parseFormats(words: readonly string[]): ReportFormat[] {
  return [...new Set(words.flatMap((word) => word.split(',')))].map((word) => {
    const known = REPORT_FORMATS.find((format) => format === word.trim());
    if (known !== undefined) return known;
    throw failure('usage', {
      message: `--format names "${word}", which is no form of a report`,
      hint: `There are ${REPORT_FORMATS.join(', ')}.`,
    });
  });
}

/** Writes reports of a run's result beside it. Returns their paths. @throws AimError disk or interrupted */
export async function writeBenchReports(
  session: Session,
  { folder, formats }: { readonly folder: string; readonly formats: readonly ReportFormat[] },
): Promise<readonly string[]> {
  const { locations, signal } = session;
  const page = loadReportPage(locations.root);
  const written = await writeReports({ stored: loadResult(folder), output: folder, formats, page, signal });
  return written.map(({ path }) => path);
}
