import type { ServingSettings } from './settings.ts';
import type { ModelShape } from './types.ts';

const GIB = 1024 ** 3;
const MIB = 1024 ** 2;
/** HIP context, kernels and workspaces of one process. */
const PROCESS_BYTES = 1 * GIB;
/** Communication buffers of one process that works with others. */
const COMMUNICATION_BYTES = 1 * GIB;
/** Memory of one captured graph for one layer, as engines report it for models of 8 to 70 billion parameters. */
const GRAPH_LAYER_BYTES = MIB / 4;
/** Batch sizes that engines capture a graph for: 1, 2, 4, then every 8 up to 512. */
const CAPTURED_SIZES = 67;
/** Copies of the hidden state that live at the same time: residual, norm, projections in and out. */
const HIDDEN_COPIES = 6;
const ACTIVATION_BYTES = 2;
const LOGIT_BYTES = 4;

/** Memory that neither holds weights nor cached tokens, on each GPU. */
export interface Overhead {
  /** Largest intermediate results of one step. */
  readonly activationBytes: number;
  /** Context of the process and buffers for communication. */
  readonly processBytes: number;
  /** Captured graphs. */
  readonly graphBytes: number;
}

/** Estimates the memory of a running engine besides weights and cache. `stepTokens` is the most one step takes. */
export function computeOverhead(shape: ModelShape, settings: ServingSettings, stepTokens: number): Overhead {
  const { parallel, maxSequences, graphs } = settings;
  const hidden = stepTokens * shape.hiddenSize * HIDDEN_COPIES * ACTIVATION_BYTES;
  const inner = (stepTokens * feedForwardWidth(shape) * 3 * ACTIVATION_BYTES) / parallel.tensor;
  // A step samples at most one token of each sequence, from the whole vocabulary.
  const logits = Math.min(maxSequences, stepTokens) * shape.vocabSize * LOGIT_BYTES;
  const others = parallel.tensor * parallel.pipeline * parallel.data > 1;
  return {
    activationBytes: hidden + inner + logits,
    processBytes: PROCESS_BYTES + (others ? COMMUNICATION_BYTES : 0),
    graphBytes: graphs ? CAPTURED_SIZES * Math.ceil(shape.layers / parallel.pipeline) * GRAPH_LAYER_BYTES : 0,
  };
}

function feedForwardWidth({ experts, intermediateSize }: ModelShape): number {
  if (!experts) return intermediateSize;
  return (experts.perToken + experts.shared) * experts.intermediateSize;
}
