import { join } from 'node:path';
import { writeWholeFile } from '../../images/write-file.ts';
import type { PointResult } from '../result.ts';
import { renderCsv } from './csv.ts';
import { loadRecords, loadSamples, type StoredResult } from './files.ts';
import type { ReportFormat } from './formats.ts';
import { MOST_TIMELINES, renderHtml, type PageParts } from './html.ts';
import { renderMarkdown } from './markdown.ts';
import { computeTimeline, type Timeline } from './timeline.ts';
import { renderVllm } from './vllm.ts';

/** A report that was written. */
export interface WrittenReport {
  readonly format: ReportFormat;
  readonly path: string;
  readonly sizeBytes: number;
}

export interface ReportRequest {
  readonly stored: StoredResult;
  /** Folder to write to; may be the run's own. */
  readonly output: string;
  readonly formats: readonly ReportFormat[];
  readonly page: PageParts;
  readonly signal: AbortSignal;
}

interface Draft {
  readonly name: string;
  readonly text: string;
}

const RENDERERS: Readonly<
  Record<ReportFormat, (stored: StoredResult, page: PageParts) => AsyncIterable<Draft> | Iterable<Draft>>
> = {
  json: ({ result }) => [{ name: 'result.json', text: `${JSON.stringify(result, undefined, 2)}\n` }],
  vllm: draftVllm,
  csv: ({ result }) => [{ name: 'report.csv', text: renderCsv(result) }],
  markdown: ({ result }) => [{ name: 'report.md', text: renderMarkdown(result) }],
  html: draftHtml,
};

/** Writes a result in each of the formats. @throws AimError disk, usage when records are missing, interrupted */
export async function writeReports(request: ReportRequest): Promise<readonly WrittenReport[]> {
  const { stored, output, formats, page, signal } = request;
  const written: WrittenReport[] = [];
  for (const format of new Set(formats)) {
    for await (const { name, text } of RENDERERS[format](stored, page)) {
      const path = join(output, name);
      const sizeBytes = await writeWholeFile(path, [Buffer.from(text)], { signal });
      written.push({ format, path, sizeBytes });
    }
  }
  return written;
}

/** The page of a result, with the time lines of one repeat of each point. */
export async function renderPage({ folder, result }: StoredResult, page: PageParts): Promise<string> {
  return renderHtml(result, await loadTimelines(folder, result.points), page);
}

async function* draftHtml(stored: StoredResult, page: PageParts): AsyncGenerator<Draft> {
  yield { name: 'report.html', text: await renderPage(stored, page) };
}

/** vLLM has one file for each run of its benchmark, which is a repeat here. */
async function* draftVllm({ folder, result }: StoredResult): AsyncGenerator<Draft> {
  for (const [index, repeat] of result.points.flatMap(({ repeats }) => repeats).entries()) {
    const records = await loadRecords(folder, repeat.recordsFile);
    const name = repeat.spec.id.replaceAll(/[^\w.-]+/g, '-').replace(/^[.-]+/, '') || String(index);
    yield { name: join('vllm', `${name}.json`), text: renderVllm(repeat, records) };
  }
}

/** Room for all time lines of a page, and what a point of one takes of it. */
const TIMELINE_BYTES = 600_000;
const BYTES_PER_PLACE = 11;
const SERIES = 4;
const MOST_PLACES = 240;
const LEAST_PLACES = 24;

async function loadTimelines(folder: string, points: readonly PointResult[]): Promise<ReadonlyMap<string, Timeline>> {
  const share = Math.floor(
    TIMELINE_BYTES / BYTES_PER_PLACE / SERIES / Math.max(1, Math.min(points.length, MOST_TIMELINES)),
  );
  const places = Math.min(MOST_PLACES, Math.max(LEAST_PLACES, share));
  const timelines = new Map<string, Timeline>();
  for (const { key, repeats } of points) {
    const shown = repeats.find(({ valid }) => valid) ?? repeats.at(-1);
    if (shown === undefined) continue;
    const timeline = computeTimeline(await loadSamples(folder, shown.samplesFile), places);
    if (timeline !== undefined) timelines.set(key, timeline);
  }
  return timelines;
}
