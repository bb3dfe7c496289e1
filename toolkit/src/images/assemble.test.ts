import { describe, expect, it } from 'vitest';
import type { ImageConfig } from '../oci/types.ts';
import { assembleImage } from './assemble.ts';
import type { RegistryBase } from './base-image.ts';
import type { Layer } from './layer.ts';
import { planBaseImage, planModelImage } from './plan.ts';

const digestOf = (letter: string) => `sha256:${letter.repeat(64)}`;
const CONFIG: ImageConfig & Record<string, unknown> = {
  created: '2025-01-01T00:00:00Z',
  architecture: 'amd64',
  os: 'linux',
  container: 'gone',
  container_config: { Hostname: 'gone' },
  config: {
    Env: ['PATH=/bin', 'AIM_ID=theirs', 'HOME=/root'],
    Cmd: ['serve'],
    Entrypoint: ['/theirs'],
    Labels: { theirs: 'kept', 'org.opencontainers.image.title': 'theirs' },
    User: 'root',
  },
  rootfs: { type: 'layers', diff_ids: [digestOf('1'), digestOf('2')] },
  history: [{ created_by: 'one' }, { created_by: 'nothing', empty_layer: true }, { created_by: 'two' }],
};
const base: RegistryBase = {
  digest: digestOf('b'),
  repository: { host: 'registry.example', name: 'aim-base' },
  layers: [1, 2].map((size) => ({
    mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
    digest: digestOf(String(size + 2)),
    size,
  })),
  config: CONFIG,
  inputs: undefined,
};
const layer: Layer = {
  diffId: digestOf('d'),
  tarBytes: 3_072,
  files: { '/workspace/aim-runtime/profiles/acme/Tiny/p.yaml': 'f'.repeat(64) },
  blob: { digest: digestOf('e'), sizeBytes: 3_100, read: () => [] },
  readTar: () => {
    throw new Error('not read');
  },
};
const common = {
  version: '0.9.0',
  naming: { registry: undefined, tag: undefined, scheme: 'semver' },
  stamp: { createdAt: 1_750_000_000, revision: 'abc' },
  layoutVersion: '1',
  metadata: {},
} as const;
const model = planModelImage({
  ...common,
  base: 'aim-base:0.9',
  aimId: 'acme/Tiny',
  profiles: [{ name: 'p.yaml', source: '/p' }],
});
const parse = (bytes: Buffer) => JSON.parse(bytes.toString()) as Record<string, never>;

describe('assembled images', () => {
  const image = assembleImage(model, base, layer);
  const config = parse(image.config.bytes) as unknown as ImageConfig & { config: Record<string, unknown> };

  it('have the same bytes everywhere and for ever', () => {
    expect([image.digest, image.config.digest]).toMatchInlineSnapshot(`
      [
        "sha256:69b6c722c002be6ae9dae1a287865c576ec7ef9e111576368611976d5ca2c5a0",
        "sha256:3c769e51fad3e234b8bd1979df906894932eb72abbd1a3e794b84a4141daccdd",
      ]
    `);
  });

  it('do not depend on the order of keys in the configuration of the base', () => {
    const turned = Object.fromEntries(Object.entries(CONFIG).reverse()) as unknown as ImageConfig;
    expect(assembleImage(model, { ...base, config: turned }, layer).digest).toBe(image.digest);
  });

  it('keep what the base says and put ours in its place', () => {
    expect(config.config).toMatchObject({
      Cmd: ['serve'],
      Entrypoint: ['/theirs'],
      Env: [
        'PATH=/bin',
        'AIM_ID=acme/Tiny',
        'HOME=/root',
        'AIM_ALLOW_GENERAL_PROFILE_FALLBACK=false',
        'AIM_BASE_IMAGE_REF=aim-base:0.9',
      ],
      Labels: { theirs: 'kept', 'org.opencontainers.image.base.digest': digestOf('b') },
      User: 'root',
    });
    expect(config.rootfs.diff_ids).toEqual([digestOf('1'), digestOf('2'), digestOf('d')]);
    expect(config.history?.map(({ created_by }) => created_by)).toEqual([
      'one',
      'nothing',
      'two',
      'aimctl build-model acme/Tiny',
    ]);
    expect(Object.keys(config)).not.toContain('container');
  });

  it('name layers and inputs in an OCI manifest', () => {
    const manifest = parse(image.manifest.bytes) as unknown as { layers: { digest: string }[]; annotations: object };
    expect(manifest.layers.map(({ digest }) => digest)).toEqual([digestOf('3'), digestOf('4'), digestOf('e')]);
    expect(manifest.annotations).toMatchObject({
      'org.opencontainers.image.base.name': 'aim-base:0.9',
      'org.opencontainers.image.base.digest': digestOf('b'),
      'org.opencontainers.image.revision': 'abc',
    });
  });

  it("of aim-base lose the arguments of the engine image's entrypoint", () => {
    const plan = planBaseImage({ ...common, base: 'up:1', runtime: '/r', generalProfiles: [], schemas: [] });
    const made = parse(assembleImage(plan, base, layer).config.bytes) as unknown as { config: Record<string, unknown> };
    expect(made.config).toMatchObject({
      Cmd: null,
      Entrypoint: ['/workspace/aim-runtime/aim-runtime'],
      User: '1000:1000',
      WorkingDir: '/workspace',
    });
  });

  it('have one entry of history for each layer even where the base has fewer', () => {
    const silent = { ...base, config: { ...CONFIG, history: [] } };
    const made = parse(assembleImage(model, silent, layer).config.bytes);
    expect((made as unknown as ImageConfig).history).toHaveLength(3);
  });
});
