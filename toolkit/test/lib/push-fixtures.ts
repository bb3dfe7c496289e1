import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { BuildOptions } from '../../src/images/builder.ts';
import { loadModelPlans } from '../../src/images/load-plans.ts';
import type { TagScheme } from '../../src/images/names.ts';
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
  readonly scheme?: TagScheme;
}

export function plansOf({ profiles }: ModelFolder, options: PlanOptions): ImagePlan[] {
  const { base, registry, createdAt = 1_750_000_000, revision = 'a'.repeat(40), tag, scheme = 'semver' } = options;
  return loadModelPlans({
    version: '0.9.0',
    base,
    naming: { registry, tag, scheme },
    stamp: { createdAt, revision },
    layoutVersion: '1',
    profiles,
    models: { names: [], all: true },
  });
}

/** Large layers of a base image: so many layers of so many copies of a program, as engine images are. */
export interface LargeLayers {
  readonly count: number;
  readonly copies: number;
  /** File that is copied. */
  readonly program: string;
}

/** Pushes a base image of so many layers of a few bytes each, and of the large ones. */
export async function pushBase(
  registry: Registry,
  text: string,
  layerCount: number,
  large?: LargeLayers,
): Promise<void> {
  const reference = parseReference(text);
  const layers: Descriptor[] = [];
  const diffIds: string[] = [];
  for (const { diffId, gzip } of renderLayers(layerCount, large)) {
    const blob = bytesSource(gzip);
    await registry.uploadBlob(reference, blob);
    diffIds.push(diffId);
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

function* renderLayers(small: number, large?: LargeLayers): Generator<{ diffId: string; gzip: Buffer }> {
  for (let index = 0; index < small; index++) {
    const tar = Buffer.concat([...tarEntry(`layers/${index}`, Buffer.from(`layer ${index}\n`)), END_OF_ARCHIVE]);
    yield { diffId: computeDigest(tar), gzip: gzipSync(tar, { level: 1 }) };
  }
  if (large === undefined) return;
  // The program is compressed once and its gzip member repeated: such a sequence is one gzip stream.
  const program = readFileSync(large.program);
  const member = gzipSync(program);
  for (let layer = 0; layer < large.count; layer++) {
    const hash = createHash('sha256');
    const members: Buffer[] = [];
    for (let copy = 0; copy < large.copies; copy++) {
      const [header, content, rest] = tarEntry(`programs/${layer}-${copy}`, program);
      hash.update(header).update(content).update(rest);
      members.push(gzipSync(header), member, gzipSync(rest));
    }
    hash.update(END_OF_ARCHIVE);
    members.push(gzipSync(END_OF_ARCHIVE));
    yield { diffId: `sha256:${hash.digest('hex')}`, gzip: Buffer.concat(members) };
  }
}

/** Header, content and padding of one file. */
function tarEntry(path: string, content: Buffer): [Buffer, Buffer, Buffer] {
  const header = renderHeader({ kind: 'file', path, mode: 0o644, owner: 0, mtime: 1, sizeBytes: content.length });
  return [Buffer.from(header), content, Buffer.from(padding(content.length))];
}

export const QUIET: BuildOptions = { noCache: false, signal: new AbortController().signal, onEvent: () => undefined };

export const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
