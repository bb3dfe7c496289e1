import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { AimError, messageOf } from '../system/errors.ts';
import { parseModelConfig } from './model-config.ts';
import type { ModelFacts } from './types.ts';

const INDEX = 'model.safetensors.index.json';

/**
 * Dimensions of the model whose `config.json` this is, and the size of its weights when they, or their index, lie
 * beside it. `path` is the file or its folder. Throws AimError `config` when it cannot be read or says too little.
 */
export function loadModelFacts(id: string, path: string): ModelFacts {
  const file = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true ? join(path, 'config.json') : path;
  return {
    id,
    shape: parseModelConfig(readJson(file), file),
    source: file,
    measuredWeightBytes: basename(file) === 'config.json' ? measureWeights(dirname(file)) : undefined,
  };
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new AimError('config', {
      message: `the model configuration ${file} cannot be read: ${messageOf(error)}`,
      hint: "Name the model's config.json, or the folder that holds it.",
      cause: error,
    });
  }
}

/** The index says the size exactly; without one, the files do, to within their small headers. */
function measureWeights(folder: string): number | undefined {
  const total = totalOfIndex(join(folder, INDEX));
  if (total !== undefined) return total;
  const files = readdirSync(folder).filter((name) => name.endsWith('.safetensors'));
  const bytes = files.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
  return bytes > 0 ? bytes : undefined;
}

function totalOfIndex(file: string): number | undefined {
  try {
    const { metadata } = JSON.parse(readFileSync(file, 'utf8')) as { metadata?: { total_size?: unknown } };
    const total = metadata?.total_size;
    return typeof total === 'number' && total > 0 ? total : undefined;
  } catch {
    return undefined; // a model in one file has no index
  }
}
