import type { WrittenReport } from '../../bench/report/write.ts';
import { renderBytes } from './bytes.ts';

/** Result of `aimctl bench report`. */
export interface ReportsWritten {
  readonly files: readonly WrittenReport[];
}

/** Result of `aimctl bench view`. */
export interface PageViewed {
  readonly url: string;
  readonly points: number;
  readonly sizeBytes: number;
}

/** One line for each file. */
export function renderReports({ files }: ReportsWritten): string {
  if (files.length === 0) return 'There was nothing to write.';
  return files.map(({ path, sizeBytes }) => `${path}  ${renderBytes(sizeBytes)}`).join('\n');
}

/** What was served. */
export function renderViewed({ url, points, sizeBytes }: PageViewed): string {
  return `Served ${points} points, ${renderBytes(sizeBytes)}, at ${url}`;
}
