export const ENGINES = ['vllm', 'sglang'] as const;
export const PRECISIONS = ['fp4', 'fp8', 'fp16', 'fp32', 'bf16', 'int4', 'int8'] as const;
export const METRICS = ['latency', 'throughput'] as const;
export const PROFILE_TYPES = ['optimized', 'preview', 'unoptimized', 'general'] as const;
export const LAYERS = ['custom', 'model', 'general'] as const;

export type Engine = (typeof ENGINES)[number];
export type Precision = (typeof PRECISIONS)[number];
export type Metric = (typeof METRICS)[number];
export type ProfileType = (typeof PROFILE_TYPES)[number];
/** Search layer; its index in {@link LAYERS} is the precedence, custom first. */
export type Layer = (typeof LAYERS)[number];

/** Value of an engine argument or of a part of it, as YAML or JSON gives it. */
export type ArgValue = string | number | boolean | null | readonly ArgValue[] | { readonly [key: string]: ArgValue };
export type EngineArgs = Readonly<Record<string, ArgValue>>;

/** The part of a profile that selection reads. Both generations of key names end up here. */
export interface ProfileMetadata {
  readonly engine: Engine;
  readonly gpu: string;
  readonly precision: Precision;
  readonly gpuCount: number;
  readonly metric: Metric;
  readonly manualSelectionOnly: boolean;
  readonly type: ProfileType;
}

/** A profile file that was read and found valid. */
export interface Profile {
  /** `custom/…`, `general/…`, or the bare file name for the model layer. */
  readonly id: string;
  /** Absolute path of the file. */
  readonly path: string;
  readonly layer: Layer;
  readonly aimId: string | undefined;
  readonly modelId: string | undefined;
  readonly metadata: ProfileMetadata;
  readonly engineArgs: EngineArgs;
  readonly envVars: Readonly<Record<string, string>>;
  /** The file's own content, keys in file order. */
  readonly source: Readonly<Record<string, unknown>>;
}

/** One thing wrong in a file. `line` and `column` count from 1. */
export interface ProfileProblem {
  readonly message: string;
  readonly line: number | undefined;
  readonly column: number | undefined;
  readonly hint?: string;
}

/** A file in a searched folder that is no usable profile. */
export interface InvalidProfile {
  readonly id: string;
  readonly path: string;
  readonly layer: Layer;
  readonly problems: readonly ProfileProblem[];
}
