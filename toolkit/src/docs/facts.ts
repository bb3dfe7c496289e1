import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { findModelFacts } from 'aim-runtime/estimate';
import { loadModels, type CatalogueFolders, type ModelEntry } from '../models/catalogue.ts';
import { modelRepository } from '../images/names.ts';
import { findProfilePath, loadProfile } from '../profiles/find.ts';
import { listCatalogue, type ListedProfile } from '../profiles/list.ts';
import { estimateProfile } from '../estimate/profile-estimate.ts';
import type { ModelSources } from '../estimate/model-sources.ts';

/** A profile as the pages show it. */
export interface DocumentedProfile extends ListedProfile {
  /** What `AIM_PROFILE_ID` takes. */
  readonly id: string;
  /** Measurements are stored beside the profile. */
  readonly measured: boolean;
  /** By the estimate; null where the model's dimensions are not known. Bytes on each GPU. */
  readonly memory: {
    readonly weightBytes: number;
    readonly contextTokens: number;
    readonly concurrentSequences: number;
  } | null;
}

/** A model of the catalogue that has profiles. */
export interface DocumentedModel extends ModelEntry {
  /** Folder below `profiles/`, which is also the image's `AIM_ID`. */
  readonly aimId: string;
  /** Repository of its image, without registry. */
  readonly repository: string;
  readonly serving: readonly DocumentedProfile[];
}

/** Everything the pages about models are made of. */
export interface ModelFacts {
  readonly models: readonly DocumentedModel[];
  /** Profiles for any model. */
  readonly general: readonly ListedProfile[];
}

/** Dimensions come from the table of known models alone: pages must not depend on the machine they are made on. */
const TABLE_ONLY: ModelSources = {
  cachePath: undefined,
  hubCache: '',
  hub: { endpoint: '', token: undefined, offline: true },
};

/** Reads profiles and catalogue. @throws AimError check-failed for an invalid file */
export async function loadModelFacts(folders: CatalogueFolders, signal: AbortSignal): Promise<ModelFacts> {
  const any = { model: undefined, gpu: undefined, engine: undefined, precision: undefined };
  const { profiles } = listCatalogue(folders.profiles, { ...any, metric: undefined, type: undefined });
  const models = await Promise.all(
    loadModels(folders).map(async (entry) => {
      const aimId = entry.profiles;
      if (aimId === null) return [];
      const own = profiles.filter(({ name }) => name.startsWith(`${aimId}/`));
      const serving = await Promise.all(own.map((profile) => documentProfile(profile, folders.profiles, signal)));
      return [{ ...entry, aimId, repository: modelRepository(aimId), serving }];
    }),
  );
  return { models: models.flat(), general: profiles.filter(({ name }) => name.startsWith('general/')) };
}

async function documentProfile(profile: ListedProfile, root: string, signal: AbortSignal): Promise<DocumentedProfile> {
  const id = basename(profile.name);
  const path = findProfilePath(profile.name, root);
  return {
    ...profile,
    id,
    measured: existsSync(join(dirname(path), 'bench', `${id}.json`)),
    memory: await loadMemory(path, signal),
  };
}

/** Null for a model that the table does not hold. @throws AimError for what else keeps it from being estimated */
async function loadMemory(path: string, signal: AbortSignal): Promise<DocumentedProfile['memory']> {
  const profile = loadProfile(path);
  const model = profile.modelId ?? profile.aimId;
  if (model === undefined || findModelFacts(model) === undefined) return null;
  const options = { model, modelConfig: undefined, gpus: [], contextTokens: undefined };
  const [estimate] = await estimateProfile(profile, options, { sources: TABLE_ONLY, signal });
  if (!estimate) return null;
  const { weightBytes, contextTokens, concurrentSequences } = estimate;
  return { weightBytes, contextTokens, concurrentSequences };
}
