/** Dimensions of a model as its `config.json` gives them, in one form for every architecture. Sizes are element counts. */
export interface ModelShape {
  readonly architecture: string;
  /** Type the weights were published in, when they are not quantised: `bfloat16`, `float16`, `float32`. */
  readonly dtype: string;
  readonly layers: number;
  readonly hiddenSize: number;
  readonly attentionHeads: number;
  /** Key and value heads; equal to the attention heads without grouping. Not meaningful with {@link latent}. */
  readonly kvHeads: number;
  readonly headDim: number;
  /** Width of a dense feed-forward block. */
  readonly intermediateSize: number;
  readonly vocabSize: number;
  /** The output layer uses the matrix of the input embedding. */
  readonly tiedEmbeddings: boolean;
  /** Longest context the model was made for, in tokens. */
  readonly maxPositions: number | undefined;
  readonly experts: ExpertShape | undefined;
  readonly latent: LatentShape | undefined;
  readonly sliding: SlidingShape | undefined;
  /** Multi-token-prediction layers: in the files, but loaded for speculative decoding only. */
  readonly extraLayers: number;
  /** Parameters of a vision tower with its projector. */
  readonly visionParameters: number;
  readonly quantization: Quantization | undefined;
}

/** Mixture of experts. */
export interface ExpertShape {
  readonly count: number;
  readonly perToken: number;
  readonly shared: number;
  /** Width of one expert. */
  readonly intermediateSize: number;
  /** Layers at the front that have a dense block instead. */
  readonly denseLayers: number;
}

/** Multi-head latent attention: one compressed vector per token and layer stands for all keys and values. */
export interface LatentShape {
  readonly kvRank: number;
  /** Undefined when queries are not compressed. */
  readonly queryRank: number | undefined;
  readonly ropeDim: number;
  readonly nopeDim: number;
  readonly valueDim: number;
}

/** Layers that look back over a bounded number of tokens only. */
export interface SlidingShape {
  readonly layers: number;
  /** Tokens. */
  readonly window: number;
}

/** How the files of a checkpoint are quantised. */
export interface Quantization {
  /** As `quant_method` says: `fp8`, `mxfp4`, `awq`, … */
  readonly method: string;
  /** Bits of one weight, its share of scales included. */
  readonly bitsPerWeight: number;
  /** Which matrices: those of the experts, or every linear layer. */
  readonly covers: 'experts' | 'linear';
}

/** A model with where its dimensions come from. */
export interface ModelFacts {
  readonly id: string;
  readonly shape: ModelShape;
  /** For a person: a file, an address, or the table of this program. */
  readonly source: string;
  /** Size of the weight files, where they or their index could be read. */
  readonly measuredWeightBytes: number | undefined;
}

/** A number of an estimate with how it came about. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: 'bytes' | 'tokens' | 'sequences' | 'parameters';
  /** The calculation with its numbers. */
  readonly formula: string;
  /** Where the numbers in it are from. */
  readonly source: string;
}
