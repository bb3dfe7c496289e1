import table from './models.json' with { type: 'json' };
import { parseModelConfig } from './model-config.ts';
import type { ModelFacts } from './types.ts';

/** Models whose dimensions this program knows without asking anyone. */
export const KNOWN_MODELS: readonly string[] = table.models.map(({ id }) => id);

/** Dimensions of a known model by its id, whatever the case of its letters. */
export function findModelFacts(id: string): ModelFacts | undefined {
  const wanted = id.replace(/^hf:\/\//, '').toLowerCase();
  const entry = table.models.find((model) => model.id.toLowerCase() === wanted);
  if (!entry) return undefined;
  const source = 'the table of known models';
  return {
    id: entry.id,
    shape: parseModelConfig(entry.config, source),
    source,
    measuredWeightBytes: undefined,
  };
}
