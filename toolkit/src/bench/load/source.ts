import type { DatasetSpec, PointSpec } from '../point.ts';
import { planFileDataset } from './file-dataset.ts';
import type { PromptMaker } from './prompt-maker.ts';
import { planMultiTurnDataset, planRandomDataset, planSharedPrefixDataset, type Generation } from './random-dataset.ts';
import type { RequestSource } from './request.ts';

export interface SourceOptions {
  readonly maker: PromptMaker;
  /** Content of the file of datasets that have one. */
  readonly text: string;
  /** Tokens of a text, counted or estimated. */
  readonly countTokens: (text: string) => number;
}

/** Makes a warm-up's prompts different from all measured ones of the same seed. */
const WARMUP_SEED = 0x77617270;

/** Requests of a point's dataset for one of its phases. @throws RangeError for a dataset that cannot be read */
export function planSource(
  { dataset, seed }: Pick<PointSpec, 'dataset' | 'seed'>,
  phase: 'warmup' | 'measured',
  options: SourceOptions,
): RequestSource {
  const generation = { maker: options.maker, seed: phase === 'warmup' ? seed ^ WARMUP_SEED : seed };
  if ('path' in dataset) return planFileDataset(dataset, { ...options, ...generation, reversed: phase === 'warmup' });
  return planGenerated(dataset, generation);
}

function planGenerated(
  dataset: Exclude<DatasetSpec, { kind: 'sharegpt' | 'jsonl' }>,
  generation: Generation,
): RequestSource {
  switch (dataset.kind) {
    case 'random':
      return planRandomDataset(dataset, generation);
    case 'shared-prefix':
      return planSharedPrefixDataset(dataset, generation);
    case 'multi-turn':
      return planMultiTurnDataset(dataset, generation);
  }
}
