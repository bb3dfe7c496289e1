import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PageParts } from '../bench/report/html.ts';

/** Style and script of benchmark reports. @param root folder with templates/ */
export function loadReportPage(root: string): PageParts {
  const load = (name: string) => readFileSync(join(root, 'templates', name), 'utf8');
  return { style: load('bench-report.css'), script: load('bench-report.js') };
}
