import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import { CORE_SCHEMA, load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { loadSchemas, schemaOf } from '../../scripts/lib/schemas.ts';
import { compileValidator } from '../../scripts/lib/validator.ts';
import { GPU_MODELS } from '../../src/gpu/devices.ts';
import generated from '../../src/generated/profile.js';
import { ENGINES, METRICS, PRECISIONS, PROFILE_TYPES } from '../../src/profile/types.ts';

const SCHEMAS = join(import.meta.dirname, '../../../schemas');
const schemas = await loadSchemas(SCHEMAS);

function compile(path: string): ValidateFunction {
  const ajv = new Ajv({ allErrors: true, strict: false });
  for (const [name, schema] of schemas) if (name !== path && !name.includes('/')) ajv.addSchema(schema);
  return ajv.compile(schemaOf(schemas, path));
}

const custom = compile('profile.schema.json');
const model = compile('model-profile.schema.json');
const general = compile('general-profile.schema.json');

const COMMON = { engine: 'vllm', precision: 'fp8', metric: 'latency', type: 'optimized' };
const METADATA = { ...COMMON, gpu: 'MI300X', gpu_count: 1 };
const IDS = { aim_id: 'org/model', model_id: 'quant/model-FP8' };
const withMetadata = (change: object) => ({ ...IDS, metadata: { ...METADATA, ...change } });
const without = (key: keyof typeof METADATA) => ({
  ...IDS,
  metadata: Object.fromEntries(Object.entries(METADATA).filter(([name]) => name !== key)),
});

/** The custom profile of the user documentation: no ids, and a dtype that only the engine can judge. */
const CUSTOM_EXAMPLE = `
metadata:
  engine: vllm
  gpu: MI300X
  precision: fp8
  gpu_count: 1
  metric: latency
  manual_selection_only: false
  type: optimized

engine_args:
  gpu-memory-utilization: 0.98
  dtype: float8
  tensor-parallel-size: 1
  max-model-len: 16384

env_vars:
  VLLM_FP8_PADDING: "1"
`;

describe('profile.schema.json', () => {
  it.each([
    ['the custom profile of the documentation', load(CUSTOM_EXAMPLE, { schema: CORE_SCHEMA })],
    ['a model profile', withMetadata({ manual_selection_only: true })],
    ['a profile of general type without ids', { metadata: { ...METADATA, type: 'general' } }],
    [
      'newer names of GPU and count',
      { ...IDS, metadata: { ...COMMON, accelerator_model: 'MI355X', accelerator_count: 8 } },
    ],
    [
      'everything the newer generation may say',
      withMetadata({
        accelerator_type: 'gpu',
        accelerator_family: 'instinct',
        accelerator_model: 'MI300X',
        accelerator_count: 1,
        primary: true,
        variant: 'long-context',
        capabilities: { tool_calling: true },
      }),
    ],
    ['no arguments and no environment', { ...IDS, metadata: METADATA, engine_args: null, env_vars: null }],
    [
      'flags, lists and nested values',
      { metadata: METADATA, engine_args: { flag: null, list: ['a', 1], nested: { a: { b: [] } } } },
    ],
    ['ids of any shape', { aim_id: '', model_id: 's3://bucket/a/b', metadata: METADATA }],
    ['a host without a known GPU', withMetadata({ gpu: 'NONE' })],
  ])('accepts %s', (_case, data) => {
    custom(data);
    expect(custom.errors).toBeNull();
  });

  it.each([
    ['a GPU in lower case', withMetadata({ gpu: 'mi300x' }), '/metadata/gpu'],
    ['an unknown GPU', withMetadata({ gpu: 'MI300' }), '/metadata/gpu'],
    ['three GPUs', withMetadata({ gpu_count: 3 }), '/metadata/gpu_count'],
    ['no GPUs', withMetadata({ gpu_count: 0 }), '/metadata/gpu_count'],
    ['a count that is text', withMetadata({ gpu_count: '1' }), '/metadata/gpu_count'],
    ['an unknown engine', withMetadata({ engine: 'tgi' }), '/metadata/engine'],
    ['a format that is no precision', withMetadata({ precision: 'mxfp4' }), '/metadata/precision'],
    ['an unknown metric', withMetadata({ metric: 'cost' }), '/metadata/metric'],
    ['an unknown type', withMetadata({ type: 'tuned' }), '/metadata/type'],
    ['a flag that is text', withMetadata({ manual_selection_only: 'true' }), '/metadata/manual_selection_only'],
    ['a misspelled metadata key', withMetadata({ manual_selction_only: true }), '/metadata'],
    ['a processor', withMetadata({ accelerator_type: 'cpu' }), '/metadata/accelerator_type'],
    ['a misspelled section', { metadata: METADATA, engine_arg: {} }, ''],
    ['arguments as a list', { metadata: METADATA, engine_args: ['--flag'] }, '/engine_args'],
    ['an environment value that is a number', { metadata: METADATA, env_vars: { A: 1 } }, '/env_vars/A'],
    ['an environment value that is null', { metadata: METADATA, env_vars: { A: null } }, '/env_vars/A'],
    ['a name no environment can hold', { metadata: METADATA, env_vars: { 'A=B': 'c' } }, '/env_vars'],
    ['an id that is no text', { ...IDS, aim_id: 7, metadata: METADATA }, '/aim_id'],
    ['an empty file', null, ''],
    ['a list', [METADATA], ''],
    ['no metadata', IDS, ''],
  ])('refuses %s', (_case, data, path) => {
    expect(custom(data)).toBe(false);
    expect(custom.errors?.map(({ instancePath }) => instancePath)).toContain(path);
  });

  it.each(['engine', 'gpu', 'precision', 'gpu_count', 'metric', 'type'] as const)('misses %s, once', (key) => {
    expect(custom(without(key))).toBe(false);
    const missing = custom.errors
      ?.filter(({ keyword }) => keyword === 'required')
      .map(({ params }) => params as unknown);
    expect(missing).toEqual([{ missingProperty: key }]);
  });

  it('wants model and count in the same generation of names', () => {
    expect(custom({ metadata: { ...COMMON, accelerator_model: 'MI300X', gpu_count: 1 } })).toBe(false);
  });

  it('has the same words as the program', () => {
    const { definitions } = schemaOf(schemas, 'profile.schema.json') as {
      definitions: { gpu: { enum: string[] }; metadata: { properties: Record<string, { enum: string[] }> } };
    };
    const words = (name: string) => [...(definitions.metadata.properties[name]?.enum ?? [])].sort();
    expect(definitions.gpu.enum).toEqual([...GPU_MODELS, 'NONE']);
    expect(words('engine')).toEqual([...ENGINES].sort());
    expect(words('precision')).toEqual([...PRECISIONS].sort());
    expect(words('metric')).toEqual([...METRICS].sort());
    expect(words('type')).toEqual([...PROFILE_TYPES].sort());
  });
});

describe('the schemas of the two built-in kinds', () => {
  const modelProfile = withMetadata({});
  const generalProfile = { metadata: { ...METADATA, type: 'general' } };

  it('a model profile names its model', () => {
    expect(model(modelProfile)).toBe(true);
    expect(model({ ...modelProfile, model_id: undefined })).toBe(false);
    expect(model(generalProfile)).toBe(false);
  });

  it('a general profile names no model and is of type general', () => {
    expect(general(generalProfile)).toBe(true);
    expect(general({ ...generalProfile, model_id: 'org/model' })).toBe(false);
    expect(general({ metadata: METADATA })).toBe(false);
  });

  it('neither is laxer than the schema of all profiles', () => {
    expect(model(withMetadata({ gpu: 'mi300x' }))).toBe(false);
    expect(general({ metadata: { ...METADATA, type: 'general', extra: 1 } })).toBe(false);
  });
});

describe('metadata schemas', () => {
  const validate = compile('model-metadata.schema.json');
  const image = { vendor: 'v', licenses: 'MIT', description: 'd', source: 'https://example.com' };
  const labels = (change: object) => ({
    org: { opencontainers: { image } },
    com: { amd: { aim: { title: 't', model: { canonicalName: 'org/model', publisher: 'p', ...change } } } },
  });

  it.each([
    ['a tag with a comma, which separates tags in the label', { tags: ['a,b'] }],
    ['a name the operator does not take', { canonicalName: 'model' }],
    ['a deployment without a GPU count', { recommendedDeployments: [{ gpuModel: 'MI300X' }] }],
    ['a deployment on three GPUs', { recommendedDeployments: [{ gpuModel: 'MI300X', gpuCount: 3 }] }],
    [
      'a misspelled key of a deployment',
      { recommendedDeployments: [{ gpuModel: 'MI300X', gpuCount: 1, profile: 'x' }] },
    ],
  ])('refuse %s', (_case, change) => {
    expect(validate(labels({}))).toBe(true);
    expect(validate(labels(change))).toBe(false);
  });
});

describe('the generated validator', () => {
  it('decides as the schema does', () => {
    for (const data of [
      withMetadata({}),
      withMetadata({ gpu: 'mi300x' }),
      { metadata: METADATA, env_vars: { A: 1 } },
      null,
    ]) {
      expect(generated(data)).toBe(custom(data));
      expect(generated.errors ?? []).toHaveLength(custom.errors?.length ?? 0);
    }
  });

  it('is up to date, the same on every run, and complete in itself', async () => {
    const code = await compileValidator(schemas, 'profile.schema.json');
    expect(await compileValidator(schemas, 'profile.schema.json')).toBe(code);
    expect(readFileSync(join(import.meta.dirname, '../../src/generated/profile.js'), 'utf8')).toBe(code);
    expect(code).not.toMatch(/\bimport\b|\brequire\(/);
  });
});
