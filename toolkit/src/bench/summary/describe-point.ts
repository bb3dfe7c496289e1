import type { DatasetSpec, LoadShape, PointSpec } from '../point.ts';

/** A load in a few words: `64 at once`, `4 req/s poisson`. */
export function describeLoad(load: LoadShape): string {
  switch (load.kind) {
    case 'concurrency':
      return `${load.concurrency} at once`;
    case 'rate': {
      const shape = load.arrival === 'gamma' ? `gamma ${load.burstiness}` : load.arrival;
      const limit = load.maxConcurrency === undefined ? '' : `, ${load.maxConcurrency} at most`;
      return `${load.requestsPerSecond} req/s ${shape}${limit}`;
    }
    case 'ramp':
      return `${load.fromRequestsPerSecond} to ${load.toRequestsPerSecond} req/s ${load.growth}`;
    case 'trace':
      return `trace at speed ${load.speed}`;
  }
}

/** What is sent in a few words: `random 1024/128`. Lengths are tokens in and out. */
export function describeDataset(dataset: DatasetSpec): string {
  switch (dataset.kind) {
    case 'random': {
      const spread = dataset.rangeRatio === 0 ? '' : ` ±${dataset.rangeRatio * 100} %`;
      return `random ${dataset.inputLength}/${dataset.outputLength}${spread}`;
    }
    case 'shared-prefix':
      return `${dataset.prefixes} prefixes of ${dataset.prefixLength}, ${dataset.inputLength}/${dataset.outputLength}`;
    case 'multi-turn':
      return `${dataset.turns} turns of ${dataset.inputLength}/${dataset.outputLength}`;
    case 'sharegpt':
    case 'jsonl':
      return `${dataset.kind} ${dataset.path.split('/').at(-1) ?? ''}`;
  }
}

/** Load and data in one phrase. */
export function describeShape({ load, dataset }: Pick<PointSpec, 'load' | 'dataset'>): string {
  return `${describeLoad(load)}, ${describeDataset(dataset)}`;
}
