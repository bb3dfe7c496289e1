import { failure } from '../exit-codes.ts';
import type { StoredManifest } from '../oci/manifest.ts';
import { isSameRepository, type Reference } from '../oci/reference.ts';
import type { Descriptor, ImageManifest } from '../oci/types.ts';
import type { NextTag } from '../versions/next.ts';
import type { AssembledImage } from './assemble.ts';
import { compareInputs, readInputs, type Change, type ImageInputs } from './inputs.ts';
import { REVISION_LABEL } from './labels.ts';

/** Most bytes that may move for a model's image unless the user says otherwise. */
export const MODEL_BUDGET_BYTES = 1024 * 1024;

/** The image a tag names now. */
export interface CurrentImage {
  readonly stored: StoredManifest;
  /** Undefined for an index of several platforms. */
  readonly manifest: ImageManifest | undefined;
}

/** What a push needs to know of the repository it goes to. */
export interface TargetState {
  readonly current: CurrentImage | undefined;
  /** Another image of the repository: its layers are there already. */
  readonly sibling: ImageManifest | undefined;
}

/** What a push would do; data only. */
export interface PushPlan {
  readonly image: AssembledImage;
  readonly target: Reference;
  readonly state: 'new' | 'changed' | 'up-to-date';
  readonly changes: readonly Change[];
  /** What the image that the tag names now was made of. */
  readonly previous: ImageInputs | undefined;
  /** What the tag names now. */
  readonly current: { readonly digest: string; readonly id?: string } | undefined;
  /** Layers of the base that the target's repository is not known to have. */
  readonly missingLayers: readonly Descriptor[];
  /** What is ours and would be sent. */
  readonly uploadBytes: number;
  /** How the tag follows from those that are there; undefined for one that was given. */
  readonly next: NextTag | undefined;
  /** Tags of the repository, as far as they were read to find the next one. */
  readonly tags: readonly string[];
}

/** Decides what a push has to do, from what the tag names now. */
export function planPush(image: AssembledImage, target: Reference, { current, sibling }: TargetState): PushPlan {
  const changes = current === undefined ? [] : findChanges(image, current);
  const state = current === undefined ? 'new' : changes.length === 0 ? 'up-to-date' : 'changed';
  const previous = readInputs(current?.manifest);
  const facts = { changes, previous, current: current && identify(current), next: undefined, tags: [] };
  const common = { image, target, state, ...facts } as const;
  if (state === 'up-to-date') return { ...common, missingLayers: [], uploadBytes: 0 };
  const present = new Set(
    [current?.manifest, sibling].flatMap((known) => known?.layers ?? []).map((one) => one.digest),
  );
  const { config, layer, manifest, base } = image;
  const layerBytes = present.has(layer.blob.digest) ? 0 : layer.blob.sizeBytes;
  return {
    ...common,
    missingLayers: isSameRepository(base.repository, target) ? [] : selectMissing(base.layers, present),
    uploadBytes: layerBytes + config.bytes.length + manifest.bytes.length,
  };
}

/** Layers that are not there, each once. */
export function selectMissing(layers: readonly Descriptor[], present: ReadonlySet<string>): Descriptor[] {
  const byDigest = new Map(layers.map((layer) => [layer.digest, layer]));
  return [...byDigest.values()].filter(({ digest }) => !present.has(digest));
}

/**
 * Stops a push that would move more than it should, before it moves anything.
 * @throws AimError check-failed or remote, naming the cure
 */
export function checkBudget(plan: PushPlan): void {
  const { image, target, uploadBytes, missingLayers } = plan;
  if (image.plan.kind === 'model' && uploadBytes > MODEL_BUDGET_BYTES) {
    throw failure('check-failed', {
      message: `${target.text} would upload ${uploadBytes} bytes; a model's image may upload ${MODEL_BUDGET_BYTES}`,
      hint: "A model's image holds profiles only: look for a large file among them, or allow it with --allow-base-upload.",
    });
  }
  if (missingLayers.length > 0 && image.base.repository.host !== target.host) throw moveRefusal(plan);
}

/** Failure for a base whose layers would have to be moved from another registry. */
export function moveRefusal({ image, target, missingLayers }: PushPlan): Error {
  return failure('remote', {
    message: `the base image is on ${image.base.repository.host}, ${target.text} on ${target.host}: its ${sumBytes(missingLayers)} bytes would have to be moved`,
    hint: `Keep base and models in one registry: push the base to ${target.host} once and name it with --base. To move it with this image, add --allow-base-upload.`,
  });
}

/** Failure for a registry that will not take over a layer from the base's repository. */
export function mountRefusal(plan: PushPlan): Error {
  const { image, target, missingLayers } = plan;
  const from = `${image.base.repository.host}/${image.base.repository.name}`;
  return failure('remote', {
    message: `${target.host} does not mount layers of ${from} into ${target.name}; pushing ${target.text} would upload ${sumBytes(missingLayers)} bytes of the base image`,
    hint: mountCure(target.host, from),
  });
}

export function sumBytes(layers: readonly Descriptor[]): number {
  return layers.reduce((sum, { size }) => sum + size, 0);
}

function mountCure(host: string, from: string): string {
  const upload = 'To upload the base all the same, add --allow-base-upload.';
  if (/\.ecr[.-]/.test(host)) {
    return `ECR mounts layers only where it was told to: aws ecr put-account-setting --name BLOB_MOUNTING --value ENABLED (same account, region and encryption). ${upload}`;
  }
  return `Check that the credentials may pull from ${from} (the token needs the scope "pull" there), or use a registry that mounts layers across repositories. ${upload}`;
}

function identify({ stored, manifest }: CurrentImage): NonNullable<PushPlan['current']> {
  return { digest: stored.digest, ...(manifest === undefined ? {} : { id: manifest.config.digest }) };
}

function findChanges(image: AssembledImage, { stored, manifest }: CurrentImage): Change[] {
  if (stored.digest === image.digest) return [];
  const inputs = readInputs(manifest);
  const before = inputs && { inputs, revision: manifest?.annotations?.[REVISION_LABEL] ?? '' };
  return compareInputs(before, { inputs: image.inputs, revision: image.plan.labels[REVISION_LABEL] ?? '' });
}
