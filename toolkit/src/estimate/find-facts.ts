import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { findModelFacts, loadModelFacts, parseModelConfig, type ModelFacts } from 'aim-runtime/estimate';
import { parseModelSource } from 'aim-runtime/model';
import { failure } from '../exit-codes.ts';
import { fetchModelConfig } from './hub-config.ts';
import type { ModelSources } from './model-sources.ts';

/**
 * The dimensions of a model: from its files in a cache, else from the table of known models, else from the hub.
 * Throws AimError `usage` when none of them knows the model.
 */
export async function findFacts(id: string, sources: ModelSources, signal: AbortSignal): Promise<ModelFacts> {
  const local = findLocalConfig(id, sources);
  if (local !== undefined) return loadModelFacts(id, local);
  const known = findModelFacts(id);
  if (known) return known;
  const source = parseModelSource(id);
  if (source.kind !== 'hf' || sources.hub.offline) {
    const why = source.kind === 'hf' ? 'HF_HUB_OFFLINE forbids to ask the hub' : 'only hub models can be asked for';
    throw failure('usage', {
      message: `the dimensions of ${id} are not known: it is in no cache and not in the table, and ${why}`,
      hint: "Give the model's configuration with --model-config FILE.",
    });
  }
  const name = source.revision === undefined ? source.name : `${source.name}@${source.revision}`;
  const config = await fetchModelConfig(name, sources.hub, signal);
  const origin = `${sources.hub.endpoint}/${source.name}`;
  return { id, shape: parseModelConfig(config, origin), source: origin, measuredWeightBytes: undefined };
}

/** Path of a `config.json` on this machine: the id itself when it is a folder, our cache, the hub client's cache. */
function findLocalConfig(id: string, { cachePath, hubCache }: ModelSources): string | undefined {
  const { kind, name } = parseModelSource(id);
  const folders =
    kind === 'local'
      ? [id]
      : [
          ...(cachePath === undefined ? [] : [join(cachePath, name)]),
          ...snapshotFolders(join(hubCache, `models--${name.replace('/', '--')}`)),
        ];
  return folders.map((folder) => join(folder, 'config.json')).find((file) => existsSync(file));
}

/** Newest first. */
function snapshotFolders(repository: string): string[] {
  const parent = join(repository, 'snapshots');
  if (!existsSync(parent)) return [];
  return readdirSync(parent)
    .map((name) => join(parent, name))
    .sort((left, right) => statSync(right).mtimeMs - statSync(left).mtimeMs);
}
