import type { ModelFacts, ModelShape, Quantization } from './types.ts';

/** Bits of a weight that is not quantised. */
const DTYPE_BITS: Readonly<Record<string, number>> = { float32: 32, float: 32, float16: 16, half: 16, bfloat16: 16 };

/** Parameters of one model by what happens to them under quantisation and on several GPUs. */
export interface ParameterCounts {
  /** Attention matrices that every GPU holds a share of. */
  readonly attention: number;
  /** Key and value matrices: each GPU holds at least one head of them. */
  readonly keyValue: number;
  /** Matrices that compress queries, keys and values: every GPU holds all of them. */
  readonly compression: number;
  readonly dense: number;
  readonly experts: number;
  /** Input and output embeddings: never quantised. */
  readonly embeddings: number;
  /** Norms and expert routers: never quantised, on every GPU. */
  readonly small: number;
  readonly vision: number;
}

/** How the GPUs of one engine share the model. */
export interface Parallelism {
  readonly tensor: number;
  readonly pipeline: number;
  readonly data: number;
  /** Experts are spread over tensor and data parallel ranks. */
  readonly expertParallel: boolean;
}

export const ONE_GPU: Parallelism = { tensor: 1, pipeline: 1, data: 1, expertParallel: false };

/** Counts the parameters of a decoder with gated feed-forward blocks; biases are left out, they are below 0.1 %. */
export function countParameters(shape: ModelShape, layers = shape.layers): ParameterCounts {
  const { hiddenSize, intermediateSize, vocabSize, experts } = shape;
  const expertLayers = experts ? Math.max(0, layers - experts.denseLayers) : 0;
  const denseLayers = layers - expertLayers;
  const perExpert = 3 * hiddenSize * (experts?.intermediateSize ?? 0);
  const attention = countAttention(shape);
  return {
    attention: layers * attention.own,
    keyValue: layers * attention.keyValue,
    compression: layers * attention.compression,
    dense: denseLayers * 3 * hiddenSize * intermediateSize,
    experts: expertLayers * perExpert * ((experts?.count ?? 0) + (experts?.shared ?? 0)),
    embeddings: vocabSize * hiddenSize * (shape.tiedEmbeddings ? 1 : 2),
    small: layers * 2 * hiddenSize + hiddenSize + expertLayers * hiddenSize * (experts?.count ?? 0),
    vision: shape.visionParameters,
  };
}

function countAttention(shape: ModelShape): { own: number; keyValue: number; compression: number } {
  const { hiddenSize, attentionHeads, kvHeads, headDim, latent } = shape;
  if (!latent) {
    return {
      own: 2 * hiddenSize * attentionHeads * headDim,
      keyValue: 2 * hiddenSize * kvHeads * headDim,
      compression: 0,
    };
  }
  const { kvRank, queryRank, ropeDim, nopeDim, valueDim } = latent;
  const queryDim = attentionHeads * (nopeDim + ropeDim);
  return {
    own:
      (queryRank ?? hiddenSize) * queryDim +
      kvRank * attentionHeads * (nopeDim + valueDim) +
      attentionHeads * valueDim * hiddenSize,
    keyValue: 0,
    compression: hiddenSize * ((queryRank ?? 0) + kvRank + ropeDim),
  };
}

/** All parameters together. */
export function totalParameters(counts: ParameterCounts): number {
  return Object.values(counts).reduce<number>((sum, count) => sum + Number(count), 0);
}

/** In which form an engine holds the weights. */
export interface WeightFormat {
  /** Bits of a weight that is not quantised. */
  readonly plainBits: number;
  readonly quantization: Quantization | undefined;
}

/** The form in which a checkpoint's files hold the weights. */
export function publishedFormat({ dtype, quantization }: ModelShape): WeightFormat {
  return { plainBits: DTYPE_BITS[dtype] ?? 16, quantization };
}

/** Form of the weights for an engine's `dtype`; `auto` keeps the published type. */
export function formatForDtype(shape: ModelShape, dtype: string): WeightFormat {
  const published = publishedFormat(shape);
  return { ...published, plainBits: DTYPE_BITS[dtype] ?? published.plainBits };
}

/** Bytes of all weights that an engine loads, on one GPU that holds everything. */
export function loadedBytes(shape: ModelShape, format: WeightFormat): number {
  return bytesOf(countParameters(shape), format);
}

/** Bytes of a checkpoint's files: what is loaded, and multi-token-prediction layers with embeddings of their own. */
export function checkpointBytes(shape: ModelShape, format: WeightFormat): number {
  if (shape.extraLayers === 0) return loadedBytes(shape, format);
  const withExtra = countParameters(shape, shape.layers + shape.extraLayers);
  const joined = 2 * shape.hiddenSize ** 2;
  const extraEmbeddings = shape.extraLayers * 2 * shape.vocabSize * shape.hiddenSize;
  return bytesOf(
    { ...withExtra, embeddings: withExtra.embeddings + extraEmbeddings, small: withExtra.small + joined },
    format,
  );
}

/** Bytes of weights on the GPU that holds the most. */
export function weightBytesPerGpu(facts: ModelFacts, format: WeightFormat, parallel: Parallelism): number {
  const { shape, measuredWeightBytes } = facts;
  const { tensor, pipeline, data, expertParallel } = parallel;
  const counts = countParameters(shape);
  const layersShare = Math.ceil(shape.layers / pipeline) / shape.layers;
  const expertRanks = expertParallel ? tensor * data : tensor;
  const share: ParameterCounts = {
    attention: (counts.attention / tensor) * layersShare,
    keyValue: (counts.keyValue / Math.min(tensor, shape.kvHeads)) * layersShare,
    compression: counts.compression * layersShare,
    dense: (counts.dense / tensor) * layersShare,
    experts: (counts.experts / expertRanks) * layersShare,
    embeddings: counts.embeddings / tensor / (pipeline > 1 && !shape.tiedEmbeddings ? 2 : 1),
    small: counts.small * layersShare,
    vision: counts.vision / tensor,
  };
  return bytesOf(share, format) * measuredCorrection(shape, format, measuredWeightBytes);
}

/** Files that were measured correct the count, as far as they hold the weights in the form that is loaded. */
function measuredCorrection(shape: ModelShape, format: WeightFormat, measured: number | undefined): number {
  const published = publishedFormat(shape);
  if (measured === undefined || published.quantization !== format.quantization) return 1;
  return measured / checkpointBytes(shape, published);
}

function bytesOf(counts: ParameterCounts, { plainBits, quantization }: WeightFormat): number {
  const bits = (covered: boolean) => (quantization && covered ? quantization.bitsPerWeight : plainBits);
  const linear = bits(quantization?.covers === 'linear');
  const total =
    (counts.attention + counts.keyValue + counts.compression + counts.dense) * linear +
    counts.experts * bits(true) +
    (counts.embeddings + counts.small + counts.vision) * plainBits;
  return total / 8;
}
