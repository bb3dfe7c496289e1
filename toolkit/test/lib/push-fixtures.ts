import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { BuildOptions } from '../../src/images/builder.ts';
import { loadModelPlans } from '../../src/images/load-plans.ts';
import type { ImagePlan } from '../../src/images/plan.ts';
import { END_OF_ARCHIVE, padding, renderHeader } from '../../src/images/ustar.ts';
import { computeDigest } from '../../src/oci/digest.ts';
import { parseReference } from '../../src/oci/reference.ts';
import type { Registry } from '../../src/oci/registry.ts';
import { MEDIA_TYPES, type Descriptor } from '../../src/oci/types.ts';
import { bytesSource } from '../../src/oci/upload.ts';

/** A profiles folder with models acme/Model-0, acme/Model-1, … of one profile each. */
export interface ModelFolder {
  readonly folder: string;
  readonly profiles: string;
  readonly profileOf: (index: number) => string;
}

export function writeModels(count: number): ModelFolder {
  const folder = mkdtempSync(join(tmpdir(), 'aimctl-models-'));
  const profiles = join(folder, 'profiles');
  const folderOf = (index: number) => join(profiles, `acme/Model-${index}`);
  const profileOf = (index: number) => join(folderOf(index), 'vllm-mi300x-fp16-tp1-latency.yaml');
  for (let index = 0; index < count; index++) {
    mkdirSync(folderOf(index), { recursive: true });
    writeFileSync(join(folderOf(index), 'metadata.yaml'), renderMetadata(index));
    writeFileSync(profileOf(index), renderProfile(index, 1));
  }
  return { folder, profiles, profileOf };
}

/** A profile that is valid whatever the number is. */
export function renderProfile(index: number, value: number): string {
  return `aim_id: acme/Model-${index}\nmodel_id: acme/Model-${index}\nmetadata:\n  engine: vllm\n  gpu: MI300X\n  precision: fp16\n  gpu_count: 1\n  metric: latency\n  manual_selection_only: false\n  type: optimized\nengine_args:\n  tensor-parallel-size: 1\nenv_vars:\n  VLLM_USE_X: "${value}"\n`;
}

function renderMetadata(index: number): string {
  return `org:\n  opencontainers:\n    image:\n      vendor: Example\n      licenses: MIT\n      description: Serves tests.\n      source: https://example.com/aim\ncom:\n  amd:\n    aim:\n      title: Model ${index}\n      hfToken:\n        required: false\n      model:\n        canonicalName: acme/Model-${index}\n        publisher: Acme\n        source: https://example.com/model\n        tags: [chat]\n        recommendedDeployments:\n          - { gpuModel: MI300X, gpuCount: 1, precision: fp16, metric: latency, profileId: vllm-mi300x-fp16-tp1-latency, description: Quick }\n`;
}

export interface PlanOptions {
  readonly base: string;
  readonly registry: string;
  readonly createdAt?: number;
  readonly revision?: string;
  readonly tag?: string;
}

export function plansOf({ profiles }: ModelFolder, options: PlanOptions): ImagePlan[] {
  const { base, registry, createdAt = 1_750_000_000, revision = 'a'.repeat(40), tag } = options;
  return loadModelPlans({
    version: '0.9.0',
    base,
    naming: { registry, tag, scheme: 'semver' },
    stamp: { createdAt, revision },
    layoutVersion: '1',
    profiles,
    models: { names: [], all: true },
  });
}

/** Large layers of a base image, of random bytes. */
export interface LargeLayers {
  readonly count: number;
  readonly bytes: number;
}

/** Pushes a base image of so many layers of a few bytes each, and of the large ones. */
export async function pushBase(
  registry: Registry,
  text: string,
  layerCount: number,
  large: LargeLayers = { count: 0, bytes: 0 },
): Promise<void> {
  const reference = parseReference(text);
  const layers: Descriptor[] = [];
  const diffIds: string[] = [];
  for (let index = 0; index < layerCount + large.count; index++) {
    const content = index < layerCount ? `layer ${index}\n` : randomBytes(large.bytes);
    const tar = tarOf(`layers/${index}`, content);
    diffIds.push(computeDigest(tar));
    const blob = bytesSource(gzipSync(tar, { level: index < layerCount ? 1 : 0 }));
    await registry.uploadBlob(reference, blob);
    layers.push({ mediaType: MEDIA_TYPES.dockerLayerGzip, digest: blob.digest, size: blob.sizeBytes });
  }
  const config = bytesSource(
    Buffer.from(
      JSON.stringify({
        architecture: 'amd64',
        os: 'linux',
        config: { Env: ['PATH=/bin', 'AIM_ID=none'], Cmd: ['sh'], Labels: { theirs: 'kept' } },
        rootfs: { type: 'layers', diff_ids: diffIds },
        history: diffIds.map((_, index) => ({ created: '2025-01-01T00:00:00Z', created_by: `step ${index}` })),
      }),
    ),
  );
  await registry.uploadBlob(reference, config);
  const manifest = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.dockerManifest,
    config: { mediaType: MEDIA_TYPES.dockerConfig, digest: config.digest, size: config.sizeBytes },
    layers,
  };
  const bytes = Buffer.from(JSON.stringify(manifest));
  const stored = await registry.putManifest(reference, reference.tag ?? 'latest', {
    bytes,
    mediaType: MEDIA_TYPES.dockerManifest,
  });
  if (stored.outcome !== 'stored') throw new Error(`the base was not stored: ${stored.message}`);
}

function tarOf(path: string, content: string | Buffer): Buffer {
  const bytes = Buffer.from(content);
  const header = renderHeader({ kind: 'file', path, mode: 0o644, owner: 0, mtime: 1, sizeBytes: bytes.length });
  return Buffer.concat([header, bytes, padding(bytes.length), END_OF_ARCHIVE]);
}

export const QUIET: BuildOptions = { noCache: false, signal: new AbortController().signal, onEvent: () => undefined };

export const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
