import type { ImageFacts } from '../../src/supply-chain/image-facts.ts';

const digest = (character: string) => `sha256:${character.repeat(64)}`;
const RUNTIME = '/workspace/aim-runtime/aim-runtime';
const PROFILES = '/workspace/aim-runtime/profiles';

/** Facts of a model image that could have been pushed. */
export const MODEL_FACTS: ImageFacts = {
  repository: { host: 'ghcr.io', name: 'org/aim-acme-model-0' },
  subject: { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: digest('1'), size: 1_000 },
  record: {
    kind: 'model',
    aimId: 'acme/Model-0',
    version: '0.9.0',
    base: 'ghcr.io/org/aim-base:0.9',
    baseDigest: digest('2'),
    createdAt: 1_750_000_000,
    revision: 'a'.repeat(40),
    layoutVersion: '1',
  },
  inputs: {
    layout: '1',
    base: digest('2'),
    files: { [`${PROFILES}/acme/Model-0/b.yaml`]: 'b'.repeat(64), [`${PROFILES}/acme/Model-0/a.yaml`]: 'a'.repeat(64) },
    metadata: 'c'.repeat(64),
    settings: 'd'.repeat(64),
  },
  layer: digest('3'),
  source: 'https://example.com/aim',
};

/** Facts of the base image it is put on. */
export const BASE_FACTS: ImageFacts = {
  ...MODEL_FACTS,
  repository: { host: 'ghcr.io', name: 'org/aim-base' },
  subject: { ...MODEL_FACTS.subject, digest: digest('2') },
  record: {
    ...MODEL_FACTS.record,
    kind: 'base',
    aimId: '',
    version: '0.9',
    base: 'docker.io/rocm/vllm:1',
    baseDigest: digest('4'),
  },
  inputs: {
    ...MODEL_FACTS.inputs,
    base: digest('4'),
    files: { [RUNTIME]: 'e'.repeat(64), [`${PROFILES}/general/g.yaml`]: 'f'.repeat(64) },
  },
};
