import { describe, expect, it } from 'vitest';
import { planBaseImage, planModelImage, withBaseDigest } from './plan.ts';

const common = {
  version: '0.9.0',
  naming: { registry: undefined, tag: undefined, scheme: 'semver' },
  layoutVersion: '1',
  stamp: { createdAt: 1_750_000_000, revision: 'abc' },
  metadata: {},
} as const;

describe('planBaseImage', () => {
  const plan = planBaseImage({
    ...common,
    base: 'upstream:1',
    runtime: '/host/aim-runtime',
    generalProfiles: [{ name: 'g.yaml', source: '/host/g.yaml' }],
    schemas: [{ name: 'engine-args/v.json', source: '/host/v.json' }],
  });

  it('lists every folder before its content, sorted, each once', () => {
    expect(plan.entries.map(({ path }) => path)).toEqual([
      '/workspace',
      '/workspace/aim-runtime',
      '/workspace/aim-runtime/aim-runtime',
      '/workspace/aim-runtime/profiles',
      '/workspace/aim-runtime/profiles/custom',
      '/workspace/aim-runtime/profiles/general',
      '/workspace/aim-runtime/profiles/general/g.yaml',
      '/workspace/aim-runtime/schemas',
      '/workspace/aim-runtime/schemas/engine-args',
      '/workspace/aim-runtime/schemas/engine-args/v.json',
      '/workspace/home',
      '/workspace/model-cache',
    ]);
  });

  it('lets any user write to the cache and nowhere else but home', () => {
    const open = plan.entries.filter(({ mode }) => (mode & 0o002) !== 0);
    expect(open).toEqual(
      ['/workspace/home', '/workspace/model-cache'].map((path) => ({
        kind: 'directory',
        path,
        mode: 0o1777,
        owner: 1000,
      })),
    );
  });

  it('is equal for equal inputs and prints as JSON', () => {
    expect(JSON.parse(JSON.stringify(plan))).toMatchObject({
      reference: 'aim-base:0.9',
      version: '0.9',
      createdAt: 1_750_000_000,
    });
  });
});

describe('planModelImage', () => {
  it('sets what identifies the model and its base', () => {
    const plan = planModelImage({
      ...common,
      base: 'aim-base:0.9',
      aimId: 'acme/Tiny',
      profiles: [{ name: 'p.yaml', source: '/p' }],
    });
    expect(plan.env).toEqual({
      AIM_ALLOW_GENERAL_PROFILE_FALLBACK: 'false',
      AIM_BASE_IMAGE_REF: 'aim-base:0.9',
      AIM_ID: 'acme/Tiny',
    });
    expect(plan.entries.at(-1)).toEqual({
      kind: 'file',
      path: '/workspace/aim-runtime/profiles/acme/Tiny/p.yaml',
      mode: 0o644,
      source: '/p',
    });
    const digest = `sha256:${'1'.repeat(64)}`;
    expect(withBaseDigest(plan, digest).labels['org.opencontainers.image.base.digest']).toBe(digest);
  });
});
