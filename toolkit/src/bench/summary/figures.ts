import type { RepeatResult } from '../result.ts';

/** One number of a repeat that is averaged over repeats, compared and shown. */
export interface Figure {
  readonly name: string;
  readonly label: string;
  readonly unit: string;
  readonly better: 'higher' | 'lower';
  /** Null where it was not measured. */
  readonly of: (repeat: RepeatResult, gpus: number | null) => number | null;
}

const wait =
  (
    name: 'firstContentToken' | 'tokenGap' | 'tpot' | 'latency' | 'clientQueue',
    part: 'mean' | 'p50' | 'p90' | 'p99',
  ): Figure['of'] =>
  ({ corrected }) =>
    corrected[name].count === 0 ? null : corrected[name][part];

const FIGURE_TABLE = {
  outputTokensPerSecond: {
    label: 'output',
    unit: 'tok/s',
    better: 'higher',
    of: ({ corrected }) => corrected.outputTokensPerSecond,
  },
  outputTokensPerSecondPerGpu: {
    label: 'output per GPU',
    unit: 'tok/s/GPU',
    better: 'higher',
    of: ({ corrected }, gpus) => (gpus ? corrected.outputTokensPerSecond / gpus : null),
  },
  tokensPerSecondPerUser: {
    label: 'output per user',
    unit: 'tok/s/user',
    better: 'higher',
    of: ({ corrected: { tpot } }) => (tpot.p50 > 0 ? 1000 / tpot.p50 : null),
  },
  requestsPerSecond: {
    label: 'requests',
    unit: 'req/s',
    better: 'higher',
    of: ({ corrected }) => corrected.requestsPerSecond,
  },
  goodRequestsPerSecond: {
    label: 'goodput',
    unit: 'req/s',
    better: 'higher',
    of: ({ corrected }) => corrected.goodRequestsPerSecond,
  },
  goodShare: { label: 'good requests', unit: 'share', better: 'higher', of: ({ corrected }) => corrected.goodShare },
  ttftMeanMs: { label: 'first token mean', unit: 'ms', better: 'lower', of: wait('firstContentToken', 'mean') },
  ttftP50Ms: { label: 'first token p50', unit: 'ms', better: 'lower', of: wait('firstContentToken', 'p50') },
  ttftP99Ms: { label: 'first token p99', unit: 'ms', better: 'lower', of: wait('firstContentToken', 'p99') },
  tpotMeanMs: { label: 'time per token mean', unit: 'ms', better: 'lower', of: wait('tpot', 'mean') },
  tpotP99Ms: { label: 'time per token p99', unit: 'ms', better: 'lower', of: wait('tpot', 'p99') },
  tokenGapP50Ms: { label: 'token gap p50', unit: 'ms', better: 'lower', of: wait('tokenGap', 'p50') },
  tokenGapP99Ms: { label: 'token gap p99', unit: 'ms', better: 'lower', of: wait('tokenGap', 'p99') },
  latencyMeanMs: { label: 'latency mean', unit: 'ms', better: 'lower', of: wait('latency', 'mean') },
  latencyP50Ms: { label: 'latency p50', unit: 'ms', better: 'lower', of: wait('latency', 'p50') },
  latencyP99Ms: { label: 'latency p99', unit: 'ms', better: 'lower', of: wait('latency', 'p99') },
  clientQueueP99Ms: { label: 'client queue p99', unit: 'ms', better: 'lower', of: wait('clientQueue', 'p99') },
  joulePerOutputToken: {
    label: 'energy',
    unit: 'J/tok',
    better: 'lower',
    of: ({ gpu }) => (gpu?.powerValid === true ? gpu.joulePerOutputToken : null),
  },
  kvCacheUsageMax: {
    label: 'KV cache use',
    unit: 'share',
    better: 'lower',
    of: ({ server }) => server?.kvCacheUsageMax ?? null,
  },
} as const satisfies Readonly<Record<string, Omit<Figure, 'name'>>>;

export type FigureName = keyof typeof FIGURE_TABLE;

/** Every figure, in the order reports show them; by its name it is found in `PointResult.estimates`. */
export const FIGURES: Readonly<Record<FigureName, Figure>> = Object.fromEntries(
  Object.entries<Omit<Figure, 'name'>>(FIGURE_TABLE).map(([name, figure]) => [name, { name, ...figure }]),
) as Readonly<Record<FigureName, Figure>>;

export const FIGURE_NAMES = Object.keys(FIGURE_TABLE) as readonly FigureName[];

/**
 * The figure that a load is judged by: what a closed loop gets through; where the rate is given, and with it the
 * throughput, how long an answer takes.
 */
export function selectHeadline({ spec }: Pick<RepeatResult, 'spec'>): FigureName {
  return spec.load.kind === 'concurrency' ? 'outputTokensPerSecond' : 'latencyMeanMs';
}
