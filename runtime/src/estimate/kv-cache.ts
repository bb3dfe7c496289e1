import type { ModelShape } from './types.ts';
import type { Parallelism } from './weights.ts';

/** What decides the size of cached keys and values. */
export interface CacheSettings {
  /** Bytes of one cached number: 1 for the fp8 forms, else 2 (or 4 with float32). */
  readonly elementBytes: number;
  /** Tokens in a block; memory is handed out in whole blocks. */
  readonly blockTokens: number;
  /** Tokens one engine step may take: what a sliding layer holds besides its window. */
  readonly stepTokens: number;
  /** Sliding layers keep only their window; otherwise they keep everything, as full layers do. */
  readonly slidingBounded: boolean;
}

/** Cached bytes per token on one GPU, by kind of layer. */
export interface TokenBytes {
  readonly full: number;
  readonly sliding: number;
}

/** Bytes that one token of context takes on each GPU. */
export function tokenBytesPerGpu(shape: ModelShape, parallel: Parallelism, settings: CacheSettings): TokenBytes {
  const perLayer = elementsPerLayer(shape, parallel.tensor) * settings.elementBytes;
  const slidingLayers = settings.slidingBounded ? (shape.sliding?.layers ?? 0) : 0;
  return {
    full: (Math.ceil(shape.layers / parallel.pipeline) - Math.ceil(slidingLayers / parallel.pipeline)) * perLayer,
    sliding: Math.ceil(slidingLayers / parallel.pipeline) * perLayer,
  };
}

/** Numbers cached for one token in one layer on one GPU: heads are shared out, a latent vector is not. */
export function elementsPerLayer({ latent, kvHeads, headDim }: ModelShape, tensorParallel: number): number {
  if (latent) return latent.kvRank + latent.ropeDim;
  return 2 * Math.max(1, Math.ceil(kvHeads / tensorParallel)) * headDim;
}

/** Bytes that one sequence of a given length takes on each GPU. */
export function sequenceBytes(
  contextTokens: number,
  bytes: TokenBytes,
  { window, ...settings }: CacheSettings & { readonly window: number },
): number {
  const { blockTokens, stepTokens } = settings;
  const blocks = Math.ceil(contextTokens / blockTokens);
  const held = Math.min(window - 1 + stepTokens, contextTokens);
  const slidingBlocks = bytes.sliding === 0 ? 0 : Math.min(Math.ceil(held / blockTokens) + 1, blocks + 1);
  return (blocks * bytes.full + slidingBlocks * bytes.sliding) * blockTokens;
}

/** The longest sequence, at most `limitTokens`, whose cache fits into `availableBytes`; 0 when none does. */
export function longestSequence(
  availableBytes: number,
  limitTokens: number,
  bytesFor: (contextTokens: number) => number,
): number {
  let fits = 0;
  let tooLong = limitTokens + 1;
  while (tooLong - fits > 1) {
    const middle = Math.floor((fits + tooLong) / 2);
    if (bytesFor(middle) <= availableBytes) fits = middle;
    else tooLong = middle;
  }
  return fits;
}
