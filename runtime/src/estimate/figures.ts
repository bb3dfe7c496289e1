import { elementsPerLayer } from './kv-cache.ts';
import type { EstimateNumbers, EstimateParts } from './result.ts';
import type { Figure, ModelShape } from './types.ts';
import { countParameters, type ParameterCounts } from './weights.ts';

const ENGINE_SOURCE = 'engine arguments of the profile, else the defaults of the engine';
const RULE_SOURCE = 'rule of thumb from start-up reports of engines';

/** Every number of an estimate with its calculation and its source, in the order in which they are computed. */
export function explainEstimate(numbers: EstimateNumbers, parts: EstimateParts): readonly Figure[] {
  return [...weightFigures(numbers, parts), ...memoryFigures(numbers, parts), ...contextFigures(numbers, parts)];
}

function weightFigures(numbers: EstimateNumbers, parts: EstimateParts): Figure[] {
  const { facts } = parts.request;
  const { tensor, pipeline, data, expertParallel } = parts.settings.parallel;
  const share = [
    `tensor parallel ${tensor}`,
    ...(pipeline > 1 ? [`pipeline parallel ${pipeline}`] : []),
    ...(data > 1 ? [`data parallel ${data}`] : []),
    ...(expertParallel ? ['experts over all ranks'] : []),
  ].join(', ');
  const measured = facts.measuredWeightBytes;
  return [
    {
      name: 'parameters',
      value: numbers.parameters,
      unit: 'parameters',
      formula: describeCounts(facts.shape),
      source: facts.source,
    },
    {
      name: 'weights of the model',
      value: numbers.totalWeightBytes,
      unit: 'bytes',
      formula: describeFormat(parts, countParameters(facts.shape)),
      source: facts.source,
    },
    {
      name: 'weights per GPU',
      value: numbers.weightBytes,
      unit: 'bytes',
      formula: `share of the weights with ${share}; norms, routers and surplus key-value heads are on every GPU`,
      source: measured === undefined ? ENGINE_SOURCE : `${ENGINE_SOURCE}; scaled to ${measured} bytes of weight files`,
    },
  ];
}

function memoryFigures(numbers: EstimateNumbers, { request, settings, cache }: EstimateParts): Figure[] {
  const { overhead, vramBytes, budgetBytes } = numbers;
  const { tensor } = settings.parallel;
  const minus = settings.engine === 'vllm' ? 'engine, activations' : 'engine';
  const figure = (name: string, value: number, rest: Pick<Figure, 'formula' | 'source'>): Figure => ({
    name,
    value,
    unit: 'bytes',
    ...rest,
  });
  return [
    figure('memory per GPU', vramBytes, { formula: 'as it is', source: request.vramSource }),
    figure('budget per GPU', budgetBytes, {
      formula: `${settings.memoryShare} x ${vramBytes}`,
      source: ENGINE_SOURCE,
    }),
    figure('engine', overhead.processBytes, {
      formula: '1 GiB for the process, and 1 GiB for communication when there are several GPUs',
      source: RULE_SOURCE,
    }),
    figure('activations', overhead.activationBytes, {
      formula: `${cache.stepTokens} tokens x (6 x hidden size + 3 x feed-forward width / ${tensor}) x 2 bytes + logits of ${settings.maxSequences} sequences x 4 bytes`,
      source: `${ENGINE_SOURCE}; ${RULE_SOURCE}`,
    }),
    figure('graphs', overhead.graphBytes, {
      formula: settings.graphs ? '67 batch sizes x layers x 0.25 MiB, outside the budget' : 'none: eager execution',
      source: RULE_SOURCE,
    }),
    figure('cache per GPU', numbers.cacheBytes, {
      formula: `budget - weights per GPU - ${minus}`,
      source: 'the figures above',
    }),
  ];
}

function contextFigures(numbers: EstimateNumbers, { request, settings, cache }: EstimateParts): Figure[] {
  const { shape } = request.facts;
  const { cacheBytesPerToken: bytes, contextTokens } = numbers;
  const sliding =
    bytes.sliding > 0 ? ` and at most ${cache.window - 1 + cache.stepTokens} tokens in sliding layers` : '';
  return [
    {
      name: 'cache per token and GPU',
      value: bytes.full + bytes.sliding,
      unit: 'bytes',
      formula: describeToken(shape, settings.parallel.tensor, cache.elementBytes),
      source: `${request.facts.source}; kv-cache-dtype ${settings.cacheDtype}`,
    },
    {
      name: 'cache per sequence and GPU',
      value: numbers.sequenceBytes,
      unit: 'bytes',
      formula: `${contextTokens} tokens in full layers${sliding}, in blocks of ${cache.blockTokens}`,
      source: ENGINE_SOURCE,
    },
    {
      name: 'concurrent sequences',
      value: numbers.concurrentSequences,
      unit: 'sequences',
      formula: `cache per GPU / cache per sequence, each of ${contextTokens} tokens; the engine admits ${numbers.maxSequences}`,
      source: 'the figures above',
    },
    {
      name: 'largest context that fits',
      value: numbers.largestContextTokens,
      unit: 'tokens',
      formula: `longest sequence within the cache, at most the model's ${shape.maxPositions ?? 'unknown length'}`,
      source: 'the figures above',
    },
  ];
}

function describeToken(shape: ModelShape, tensor: number, elementBytes: number): string {
  const { latent, kvHeads, headDim, layers } = shape;
  const perLayer = latent
    ? `(${latent.kvRank} + ${latent.ropeDim}) latent numbers, whole on every GPU`
    : `2 x ${elementsPerLayer(shape, tensor) / (2 * headDim)} of ${kvHeads} key-value heads x ${headDim}`;
  return `${layers} layers x ${perLayer} x ${elementBytes} bytes`;
}

function describeCounts(shape: ModelShape): string {
  const counts = countParameters(shape);
  const parts: [string, number][] = [
    ['attention', counts.attention + counts.keyValue + counts.compression],
    ['feed-forward', counts.dense],
    ['experts', counts.experts],
    [shape.tiedEmbeddings ? 'embeddings (tied)' : 'embeddings', counts.embeddings],
    ['norms and routers', counts.small],
    ['vision', counts.vision],
  ];
  return parts
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${name} ${count}`)
    .join(' + ');
}

function describeFormat({ format }: EstimateParts, counts: ParameterCounts): string {
  const { plainBits, quantization } = format;
  if (!quantization) return `parameters x ${plainBits / 8} bytes`;
  const linear = counts.attention + counts.keyValue + counts.compression + counts.dense;
  const covered = counts.experts + (quantization.covers === 'linear' ? linear : 0);
  return `${covered} x ${Number(quantization.bitsPerWeight.toFixed(4))} bits (${quantization.method}) + the rest x ${plainBits / 8} bytes`;
}
