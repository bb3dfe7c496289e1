import { basename, relative } from 'node:path';
import { profileName, type Profile } from 'aim-runtime/profile';
import { listProfileFiles, loadValidProfiles } from './find.ts';

/** A profile of the catalogue in one line. */
export interface ListedProfile {
  /** Path below the profiles folder, without `.yaml`: what commands take as its name. */
  readonly name: string;
  readonly aimId: string | null;
  readonly modelId: string | null;
  readonly engine: string;
  readonly gpu: string;
  readonly precision: string;
  readonly gpuCount: number;
  readonly metric: string;
  readonly type: string;
  readonly automatic: boolean;
}

/** Values a profile must have to be listed; undefined for any. Compared without regard to case. */
export interface ListFilter {
  readonly model: string | undefined;
  readonly gpu: string | undefined;
  readonly engine: string | undefined;
  readonly precision: string | undefined;
  readonly metric: string | undefined;
  readonly type: string | undefined;
}

export interface Catalogue {
  readonly profiles: readonly ListedProfile[];
  /** Files that are no valid profiles. */
  readonly invalid: readonly string[];
}

/** The profiles below a folder that satisfy a filter, sorted by name. @throws AimError usage */
export function listCatalogue(root: string, filter: ListFilter): Catalogue {
  const { profiles, invalid } = loadValidProfiles(listProfileFiles(root));
  return { profiles: profiles.map((each) => describe(each, root)).filter((each) => matches(each, filter)), invalid };
}

function describe({ path, aimId, modelId, metadata }: Profile, root: string): ListedProfile {
  const { engine, gpu, precision, gpuCount, metric, type, manualSelectionOnly } = metadata;
  return {
    name: profileName(relative(root, path)),
    aimId: aimId ?? null,
    modelId: modelId ?? null,
    engine,
    gpu,
    precision,
    gpuCount,
    metric,
    type,
    automatic: !manualSelectionOnly,
  };
}

function matches(profile: ListedProfile, { model, ...filter }: ListFilter): boolean {
  const same = (value: string | null, wanted: string) => value?.toLowerCase() === wanted.toLowerCase();
  const isModel =
    model === undefined ||
    [profile.aimId, profile.modelId].some((id) => id !== null && (same(id, model) || same(basename(id), model)));
  const keys = ['gpu', 'engine', 'precision', 'metric', 'type'] as const;
  return isModel && keys.every((key) => filter[key] === undefined || same(profile[key], filter[key]));
}
