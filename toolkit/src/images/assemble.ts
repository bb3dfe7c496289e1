import { computeDigest } from '../oci/digest.ts';
import type { NewManifest } from '../oci/registry.ts';
import {
  MEDIA_TYPES,
  type ContainerConfig,
  type Descriptor,
  type HistoryEntry,
  type ImageConfig,
} from '../oci/types.ts';
import type { ImageBase, RegistryBase } from './base-image.ts';
import { canonicalJson } from './canonical-json.ts';
import { describeInputs, INPUTS_ANNOTATION, type ImageInputs } from './inputs.ts';
import { BASE_DIGEST_LABEL, BASE_NAME_LABEL, CREATED_LABEL, REVISION_LABEL, VERSION_LABEL } from './labels.ts';
import type { Layer } from './layer.ts';
import { withBaseDigest, type ImagePlan } from './plan.ts';

/** An image's configuration as bytes. Its digest is the image's id on most engines. */
export interface AssembledConfig {
  readonly digest: string;
  readonly bytes: Buffer;
}

/** An image, complete but for the layers of its base. */
export interface AssembledImage {
  readonly plan: ImagePlan;
  /** Digest of the manifest. */
  readonly digest: string;
  readonly manifest: NewManifest;
  readonly config: AssembledConfig;
  readonly layer: Layer;
  readonly base: RegistryBase;
  readonly inputs: ImageInputs;
}

/** Settings of the base that stay; everything else in a configuration belongs to the container it was made in. */
const KEPT_SETTINGS = [
  'User',
  'ExposedPorts',
  'Env',
  'Entrypoint',
  'Cmd',
  'Volumes',
  'WorkingDir',
  'Labels',
  'StopSignal',
  'Healthcheck',
  'Shell',
  'ArgsEscaped',
] as const;
const KEPT_FACTS = ['os', 'os.version', 'os.features', 'architecture', 'variant', 'author'] as const;
const LABELS_AS_ANNOTATIONS = [BASE_DIGEST_LABEL, BASE_NAME_LABEL, CREATED_LABEL, REVISION_LABEL, VERSION_LABEL];

/** Puts the layer on the base. Equal arguments give equal bytes. */
export function assembleImage(unbased: ImagePlan, base: RegistryBase, layer: Layer): AssembledImage {
  const plan = withBaseDigest(unbased, base.digest);
  const config = assembleConfig(plan, base, layer);
  const inputs = describeInputs(plan, layer.files);
  const labels = LABELS_AS_ANNOTATIONS.map((name) => [name, plan.labels[name] ?? ''] as const);
  const bytes = canonicalJson({
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.ociManifest,
    config: { mediaType: MEDIA_TYPES.ociConfig, digest: config.digest, size: config.bytes.length },
    layers: [...base.layers, describeLayer(layer)],
    annotations: {
      ...Object.fromEntries(labels.filter(([, value]) => value !== '')),
      [INPUTS_ANNOTATION]: canonicalJson(inputs).toString(),
    },
  });
  const manifest = { bytes, mediaType: MEDIA_TYPES.ociManifest };
  return { plan, digest: computeDigest(bytes), manifest, config, layer, base, inputs };
}

/** The configuration of the image: the base's with the plan's settings, and one layer more. */
export function assembleConfig(plan: ImagePlan, { config: base }: ImageBase, layer: Layer): AssembledConfig {
  const created = plan.labels[CREATED_LABEL] ?? '';
  const step = { created, created_by: `aimctl build-${plan.kind}${plan.aimId === undefined ? '' : ` ${plan.aimId}`}` };
  const bytes = canonicalJson({
    ...pick(base, KEPT_FACTS),
    created,
    config: mergeSettings(base.config ?? {}, plan),
    rootfs: { type: 'layers', diff_ids: [...base.rootfs.diff_ids, layer.diffId] },
    history: [...completeHistory(base), step],
  });
  return { digest: computeDigest(bytes), bytes };
}

export function describeLayer({ blob }: Layer): Descriptor {
  return { mediaType: MEDIA_TYPES.ociLayerGzip, digest: blob.digest, size: blob.sizeBytes };
}

function mergeSettings(base: ContainerConfig, plan: ImagePlan): ContainerConfig {
  const { workdir, user, entrypoint } = plan;
  return {
    ...pick(base, KEPT_SETTINGS),
    Env: mergeEnv(base.Env ?? [], plan.env),
    Labels: { ...base.Labels, ...plan.labels },
    ...(workdir === undefined ? {} : { WorkingDir: workdir }),
    ...(user === undefined ? {} : { User: user }),
    // Arguments of the base's entrypoint would be given to ours.
    ...(entrypoint === undefined ? {} : { Entrypoint: entrypoint, Cmd: null }),
  };
}

/** Variables keep their place; new ones follow in the order of their names. */
function mergeEnv(base: readonly string[], own: Readonly<Record<string, string>>): string[] {
  const nameOf = (line: string) => line.split('=', 1)[0] ?? '';
  const known = new Set(base.map(nameOf));
  const kept = base.map((line) => {
    const value = own[nameOf(line)];
    return value === undefined ? line : `${nameOf(line)}=${value}`;
  });
  const added = Object.keys(own).filter((name) => !known.has(name));
  return [...kept, ...added.sort().map((name) => `${name}=${own[name] ?? ''}`)];
}

/** History with an entry for each layer: readers match the two by counting. */
function completeHistory({ history = [], rootfs }: ImageConfig): readonly HistoryEntry[] {
  const layers = history.filter((entry) => entry.empty_layer !== true).length;
  if (layers === rootfs.diff_ids.length) return history;
  return rootfs.diff_ids.map(() => ({ created_by: 'layer of the base image' }));
}

function pick(from: object, keys: readonly string[]): object {
  return Object.fromEntries(Object.entries(from).filter(([key, value]) => keys.includes(key) && value !== null));
}
