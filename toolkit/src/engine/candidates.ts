import type { Precision } from 'aim-runtime/profile';
import { findModelSize, GPU_COUNTS, gpuCountFor, precisionFor } from './model-size.ts';

/** A number of GPUs and a precision to look for a profile with. */
export interface Candidate {
  readonly gpuCount: number;
  readonly precision: Precision;
}

/** What candidates depend on. */
export interface CandidateRequest {
  readonly model: string;
  /** Undefined where the user leaves it to this program. */
  readonly gpuCount: number | undefined;
  readonly precision: Precision | undefined;
}

/** Tried in this order when the first choice is not possible. */
const OTHER_PRECISIONS: readonly Precision[] = ['bf16', 'fp16', 'fp8', 'fp4', 'int8', 'int4', 'fp32'];

/**
 * Numbers of GPUs and precisions in the order they are tried, and how the first came about. What the user said is
 * kept, except that nothing can be used that is not free; the model's size decides about the rest.
 */
export function planCandidates(
  request: CandidateRequest,
  free: number,
): { readonly candidates: readonly Candidate[]; readonly decisions: readonly string[] } {
  const size = findModelSize(request.model);
  const about =
    size === undefined
      ? 'the size of the model is not known'
      : `the model has ${Number(size.billions.toPrecision(3))} billion parameters by ${size.source}`;
  const wanted = request.gpuCount ?? gpuCountFor(size);
  const first = Math.min(wanted, request.gpuCount === undefined ? roundDown(free) : free);
  const counts = request.gpuCount === undefined ? [first, ...GPU_COUNTS.filter((count) => count <= free)] : [first];
  const precision = request.precision ?? precisionFor(size);
  const precisions = request.precision === undefined ? [precision, ...OTHER_PRECISIONS] : [precision];
  const origin = (given: boolean) => (given ? 'as asked for' : about);
  const decisions = [
    `GPU count ${first}: ${origin(request.gpuCount !== undefined)}${first < wanted ? `; ${wanted} would be right, ${free} are free` : ''}`,
    `precision ${precision}: ${origin(request.precision !== undefined)}`,
  ];
  const candidates = [...new Set(counts)].flatMap((gpuCount) =>
    [...new Set(precisions)].map((each) => ({ gpuCount, precision: each })),
  );
  return { candidates, decisions };
}

/** The largest number of GPUs that a model can be split over, of those that are free. */
function roundDown(free: number): number {
  return GPU_COUNTS.findLast((count) => count <= free) ?? 0;
}
