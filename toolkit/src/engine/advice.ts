import type { Precision } from 'aim-runtime/profile';
import type { Choice } from './choices.ts';
import { findModelSize } from './model-size.ts';

/** A row of the hardware guide: what suits models of a size. */
interface GuideRow {
  readonly sizes: string;
  /** Up to this many thousand million parameters. */
  readonly upTo: number;
  /** The least capable GPU that is recommended. */
  readonly hardware: string;
  readonly gpuModels: readonly string[];
  readonly precisions: readonly Precision[];
  readonly counts: readonly [least: number, most: number];
}

const SMALL = ['MI210', 'MI250X'];
/** Everything since then has at least its memory. */
const LARGE = ['MI300A', 'MI300X', 'MI308X', 'MI325X', 'MI350X', 'MI355X'];

const GUIDE: readonly GuideRow[] = [
  { sizes: '< 7B', upTo: 7, hardware: 'MI250', gpuModels: [...SMALL, ...LARGE], precisions: ['fp16'], counts: [1, 2] },
  {
    sizes: '7B-32B',
    upTo: 33,
    hardware: 'MI250 or MI300X',
    gpuModels: [...SMALL, ...LARGE],
    precisions: ['bf16', 'fp16'],
    counts: [1, 4],
  },
  { sizes: '32B-70B', upTo: 71, hardware: 'MI300X', gpuModels: LARGE, precisions: ['bf16', 'fp8'], counts: [2, 8] },
  { sizes: '> 70B', upTo: Infinity, hardware: 'MI300X', gpuModels: LARGE, precisions: ['fp8', 'int8'], counts: [4, 8] },
];

/** One thing the guide recommends, held against a choice. */
export interface Advice {
  readonly about: 'hardware' | 'precision' | 'GPU count';
  readonly recommended: string;
  readonly chosen: string;
  readonly follows: boolean;
}

/** A choice held against the hardware guide; advice only, nothing depends on it. */
export interface GuideReport {
  /** Row of the guide by the model's size; null when that is not known. */
  readonly sizes: string | null;
  readonly advice: readonly Advice[];
}

/** Holds a choice against the hardware guide; pure. */
export function adviseChoice(model: string, { gpuModel, gpus, precision }: Choice): GuideReport {
  const size = findModelSize(model);
  const row = GUIDE.find(({ upTo }) => size !== undefined && size.billions < upTo);
  if (row === undefined) return { sizes: null, advice: [] };
  const [least, most] = row.counts;
  const count = gpus.length;
  return {
    sizes: row.sizes,
    advice: [
      { about: 'hardware', recommended: row.hardware, chosen: gpuModel, follows: row.gpuModels.includes(gpuModel) },
      {
        about: 'precision',
        recommended: row.precisions.join(' or '),
        chosen: precision,
        follows: row.precisions.includes(precision),
      },
      {
        about: 'GPU count',
        recommended: `${least} to ${most}`,
        chosen: String(count),
        follows: count >= least && count <= most,
      },
    ],
  };
}
