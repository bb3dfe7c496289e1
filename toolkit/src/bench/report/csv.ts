import type { BenchResult, PointResult, RepeatResult } from '../result.ts';
import { describeDataset, describeLoad } from '../summary/describe-point.ts';
import { FIGURE_NAMES, FIGURES } from '../summary/figures.ts';
import { escapeCsv } from './escape.ts';

type Cell = string | number | null;

const DESCRIPTION: Readonly<Record<string, (point: PointResult, repeat: RepeatResult) => Cell>> = {
  point: ({ key }) => key,
  profile: ({ profile }) => profile,
  model: (_, { spec }) => spec.model,
  gpu: ({ identity }) => identity.gpu,
  gpus: ({ identity }) => identity.gpuCount,
  engine: ({ identity }) => identity.engine,
  engineVersion: ({ identity }) => identity.engineVersion,
  endpoint: (_, { spec }) => spec.endpoint,
  load: (_, { spec }) => describeLoad(spec.load),
  data: (_, { spec }) => describeDataset(spec.dataset),
  repeat: (_, { spec }) => spec.repeat,
  startedAt: (_, { startedAt }) => startedAt,
  valid: (_, { valid }) => String(valid),
  reasons: (_, { reasons }) => reasons.join(' '),
  completed: (_, { vllm }) => vllm.completed,
  failed: (_, { vllm }) => vllm.failed,
};

/** One line per repeat, in the units that the names of the columns end with; RFC 4180 with a heading. */
export function renderCsv({ points }: BenchResult): string {
  const heading = [...Object.keys(DESCRIPTION), ...FIGURE_NAMES];
  const rows = points.flatMap((point) =>
    point.repeats.map((repeat) => [
      ...Object.values(DESCRIPTION).map((column) => column(point, repeat)),
      ...FIGURE_NAMES.map((name) => FIGURES[name].of(repeat, point.identity.gpuCount ?? repeat.gpu?.gpus ?? null)),
    ]),
  );
  const line = (cells: readonly Cell[]) => cells.map((cell) => (cell === null ? '' : escapeCsv(cell))).join(',');
  return `${[heading, ...rows].map(line).join('\r\n')}\r\n`;
}
