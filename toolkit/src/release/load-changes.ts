import { readFileSync } from 'node:fs';
import type { ImageChanges, RecordedBase } from '../generated/release-record.js';
import { readInputs } from '../images/inputs.ts';
import { BASE_DIGEST_LABEL, BASE_NAME_LABEL } from '../images/labels.ts';
import type { ImagePlan } from '../images/plan.ts';
import type { PushPlan } from '../images/push-plan.ts';
import { parseManifest } from '../oci/manifest.ts';
import { formatManifest, type Repository } from '../oci/reference.ts';
import type { Registry } from '../oci/registry.ts';
import type { ImageManifest } from '../oci/types.ts';
import { LARGEST_LAYER_BYTES, parseLayer } from './layer-files.ts';
import { compareImages, selectChangedProfiles, type ProfileTexts } from './profile-changes.ts';

const NO_TEXTS: ProfileTexts = new Map();

/**
 * What differs between an image that is to be pushed and an earlier one: one request, and another where profiles
 * differ. Null when there is no earlier one, or it does not say what it was made of.
 * @param since tag of the earlier image
 */
export async function loadChanges(
  client: Registry,
  { image, target }: Pick<PushPlan, 'image' | 'target'>,
  since: string | undefined,
): Promise<ImageChanges | null> {
  const stored = since === undefined ? undefined : await client.findManifest(target, since);
  if (since === undefined || stored === undefined) return null;
  const parsed = parseManifest(stored, formatManifest(target, since));
  const before = parsed.kind === 'manifest' ? parsed.manifest : undefined;
  const inputs = readInputs(before);
  if (before === undefined || inputs === undefined) return null;
  const states = {
    before: { inputs, base: baseOf(before.annotations ?? {}) },
    after: { inputs: image.inputs, base: baseOf(image.plan.labels) },
  };
  const changed = selectChangedProfiles(inputs, image.inputs);
  const texts =
    changed.length === 0
      ? { before: NO_TEXTS, after: NO_TEXTS }
      : { before: await fetchTexts(client, target, before), after: readTexts(image.plan, changed) };
  return compareImages(since, states, texts);
}

/** The image a set of labels or annotations says it was put on. */
export function baseOf(labels: Readonly<Record<string, string>>): RecordedBase {
  return { name: labels[BASE_NAME_LABEL] ?? '', digest: labels[BASE_DIGEST_LABEL] ?? '' };
}

/** Files of the layer that is ours; none of a layer that holds more than profiles, such as that of a base image. */
async function fetchTexts(client: Registry, repository: Repository, manifest: ImageManifest): Promise<ProfileTexts> {
  const layer = manifest.layers.at(-1);
  if (layer === undefined || layer.size > LARGEST_LAYER_BYTES) return NO_TEXTS;
  const files = parseLayer(await client.getBlob(repository, layer.digest, LARGEST_LAYER_BYTES));
  return new Map([...files].map(([path, bytes]) => [path, bytes.toString('utf8')]));
}

function readTexts({ entries }: ImagePlan, paths: readonly string[]): ProfileTexts {
  const files = entries.flatMap((entry) => (entry.kind === 'file' && paths.includes(entry.path) ? [entry] : []));
  return new Map(files.map(({ path, source }) => [path, readFileSync(source, 'utf8')]));
}
