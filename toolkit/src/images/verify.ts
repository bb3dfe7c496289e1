import { failure } from '../exit-codes.ts';
import { parseImageConfig, parseManifest } from '../oci/manifest.ts';
import { formatReference, parseReference } from '../oci/reference.ts';
import type { Registry } from '../oci/registry.ts';
import type { ImageManifest, Platform } from '../oci/types.ts';
import { assembleImage, type AssembledImage } from './assemble.ts';
import { fetchBase } from './base-image.ts';
import { compareInputs, readInputs, type Change } from './inputs.ts';
import {
  AIM_ID_LABEL,
  BASE_DIGEST_LABEL,
  BASE_NAME_LABEL,
  CREATED_LABEL,
  KIND_LABEL,
  LAYOUT_LABEL,
  LAYOUT_VERSIONS,
  REVISION_LABEL,
  VERSION_LABEL,
} from './labels.ts';
import { createLayer } from './layer.ts';
import { loadBasePlan, loadModelPlans } from './load-plans.ts';
import type { ImagePlan } from './plan.ts';
import type { RecordedSources } from './recorded-sources.ts';

/** What an image says about how it was made. */
export interface ImageRecord {
  readonly kind: 'base' | 'model';
  readonly aimId: string;
  readonly version: string;
  readonly base: string;
  readonly baseDigest: string;
  /** Seconds since 1970. */
  readonly createdAt: number;
  readonly revision: string;
  readonly layoutVersion: (typeof LAYOUT_VERSIONS)[number];
}

export interface Verification {
  readonly reference: string;
  /** True when the image made again is the same, byte for byte. */
  readonly verified: boolean;
  readonly digest: string;
  readonly rebuiltDigest: string;
  readonly revision: string;
  readonly base: string;
  /** What differs, as far as it can be told. */
  readonly differences: readonly Change[];
}

export interface VerifyOptions {
  readonly platform: Platform;
  /** Sources of the commit the image names. */
  readonly open: (revision: string) => RecordedSources;
  /** Version of this program. */
  readonly version: string;
  /** The runtime's executable, for base images. */
  readonly runtime: string | undefined;
}

/**
 * Makes an image again from what it says about itself and compares. Nothing is sent to the registry.
 * @throws AimError usage for an image of somebody else, check-failed for one that cannot be made again
 */
export async function verifyImage(registry: Registry, text: string, options: VerifyOptions): Promise<Verification> {
  const reference = parseReference(text);
  const stored = await registry.getManifest(reference);
  const parsed = parseManifest(stored, text);
  if (parsed.kind === 'index') throw notOurs(text, 'it is an index of several platforms');
  const configBytes = await registry.getBlob(reference, parsed.manifest.config.digest);
  const config = parseImageConfig(configBytes, `the configuration of ${text}`);
  const record = readRecord(text, config.config?.Labels ?? {});
  const rebuilt = await rebuild(registry, record, options);
  return {
    reference: text,
    verified: rebuilt.digest === stored.digest,
    digest: stored.digest,
    rebuiltDigest: rebuilt.digest,
    revision: record.revision,
    base: `${record.base}@${record.baseDigest}`,
    differences: rebuilt.digest === stored.digest ? [] : findDifferences(parsed.manifest, record, rebuilt),
  };
}

/** @throws AimError usage or check-failed when labels are missing */
export function readRecord(reference: string, labels: Readonly<Record<string, string>>): ImageRecord {
  const label = (name: string) => labels[name] ?? '';
  const kind = label(KIND_LABEL);
  if (kind !== 'base' && kind !== 'model') throw notOurs(reference, `it has no label ${KIND_LABEL}`);
  const layoutVersion = LAYOUT_VERSIONS.find((known) => known === label(LAYOUT_LABEL));
  if (layoutVersion === undefined) {
    throw failure('check-failed', {
      message: `${reference} has the layout "${label(LAYOUT_LABEL)}", which this aimctl does not know`,
      hint: 'Use a newer aimctl.',
    });
  }
  const createdAt = Date.parse(label(CREATED_LABEL)) / 1_000;
  if (label(BASE_DIGEST_LABEL) === '' || Number.isNaN(createdAt)) {
    throw failure('check-failed', {
      message: `${reference} does not say which digest its base had, or when it was made`,
      hint: 'Images that are to be verified are made with --push.',
    });
  }
  return {
    kind,
    aimId: label(AIM_ID_LABEL),
    version: label(VERSION_LABEL),
    base: label(BASE_NAME_LABEL),
    baseDigest: label(BASE_DIGEST_LABEL),
    createdAt,
    revision: label(REVISION_LABEL),
    layoutVersion,
  };
}

async function rebuild(registry: Registry, record: ImageRecord, options: VerifyOptions): Promise<AssembledImage> {
  const sources = options.open(record.revision);
  try {
    const plan = planAgain(record, sources, options);
    const pinned = formatReference({ ...parseReference(record.base), tag: undefined, digest: record.baseDigest });
    const base = await fetchBase(registry, pinned, options.platform);
    return assembleImage(plan, base, await createLayer(plan));
  } finally {
    sources.dispose();
  }
}

function planAgain(record: ImageRecord, { profiles, schemas }: RecordedSources, options: VerifyOptions): ImagePlan {
  const { base, createdAt, revision, layoutVersion } = record;
  const common = {
    version: options.version,
    base,
    // The tag decides the version; where the image is kept is no part of it.
    naming: { registry: undefined, tag: record.version, scheme: 'semver' },
    stamp: { createdAt, revision },
    layoutVersion,
    profiles,
  } as const;
  if (record.kind === 'base') return loadBasePlan({ ...common, schemas, runtime: options.runtime });
  const [plan] = loadModelPlans({ ...common, models: { names: [record.aimId], all: false } });
  if (plan === undefined) throw failure('internal', { message: `no plan for ${record.aimId}` });
  return plan;
}

function findDifferences(manifest: ImageManifest, record: ImageRecord, rebuilt: AssembledImage): Change[] {
  const inputs = readInputs(manifest);
  const { revision } = record;
  const known = compareInputs(inputs && { inputs, revision }, { inputs: rebuilt.inputs, revision });
  if (known.length > 0) return known;
  const details = [
    ...(manifest.layers.at(-1)?.digest === rebuilt.layer.blob.digest ? [] : ['its layer']),
    ...(manifest.config.digest === rebuilt.config.digest ? [] : ['its configuration']),
    'its manifest',
  ];
  return [{ part: 'unknown', details: [`made of the same inputs, but the bytes differ: ${details.join(', ')}`] }];
}

function notOurs(reference: string, why: string): Error {
  return failure('usage', {
    message: `${reference} is no image that aimctl made: ${why}`,
    hint: 'Name an aim-base or model image.',
  });
}
