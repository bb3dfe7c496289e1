import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { canonicalName, checkEngineArgs } from '../../src/engine/index.ts';
import { estimateMemory, findModelFacts } from '../../src/estimate/index.ts';
import { findModelGfx, findModelVram, nativePrecisions } from '../../src/gpu/index.ts';
import { createProfileParser } from '../../src/profile/parse.ts';
import { parseBaseMetadata, parseModelMetadata } from '../../src/profile/model-metadata.ts';
import type { Layer, Profile } from '../../src/profile/types.ts';

const ROOT = join(import.meta.dirname, '../../../profiles');
const FILES = readdirSync(ROOT, { recursive: true, encoding: 'utf8' }).filter((name) => /\.ya?ml$/.test(name));
const isMetadata = (path: string) => basename(path) === 'metadata.yaml';
const PROFILE_PATHS = FILES.filter((path) => !isMetadata(path)).sort();
const METADATA_PATHS = FILES.filter((path) => isMetadata(path) && path !== 'base/metadata.yaml').sort();
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

const parser = createProfileParser();
const RESULTS = PROFILE_PATHS.map((path) => {
  const layer: Layer = path.startsWith('general/') ? 'general' : 'model';
  return { path, result: parser({ path: join(ROOT, path), name: basename(path), layer }, read(path)) };
});
const PROFILES = RESULTS.flatMap(({ path, result }) => (result.ok ? [{ path, profile: result.profile }] : []));
const MODELS = METADATA_PATHS.map((path) => ({
  folder: dirname(path),
  labels: parseModelMetadata(read(path), path).com.amd.aim,
}));

/** Profiles for which a rule says something, with what it says. */
function offenders(rule: (profile: Profile, path: string) => unknown): unknown[] {
  return PROFILES.flatMap(({ path, profile }) => {
    const problem = rule(profile, path);
    return problem === undefined ? [] : [{ path, problem }];
  });
}

const unequal = (actual: unknown, expected: unknown) => (actual === expected ? undefined : { actual, expected });

describe('every profile of the catalogue', () => {
  it('is valid in its layer, without a warning', () => {
    expect(PROFILES.length).toBeGreaterThan(100);
    expect(RESULTS.filter(({ result }) => !result.ok || result.warnings.length > 0)).toEqual([]);
  });

  it('is named after its metadata', () => {
    const nameOf = ({ engine, gpu, precision, gpuCount, metric }: Profile['metadata'], format: string) =>
      `${engine}-${gpu.toLowerCase()}-${format || precision}-tp${gpuCount}-${metric}.yaml`;
    // A checkpoint in the MX variant of fp4 may say so in its name; selection knows fp4 only.
    const formatOf = (path: string) => (basename(path).includes('-mxfp4-') ? 'mxfp4' : '');
    expect(offenders(({ metadata }, path) => unequal(basename(path), nameOf(metadata, formatOf(path))))).toEqual([]);
    expect(
      offenders(({ metadata }, path) => (formatOf(path) ? unequal(metadata.precision, 'fp4') : undefined)),
    ).toEqual([]);
  });

  it('lies in the folder of its aim_id, or in general and is of that type', () => {
    expect(offenders(({ aimId }, path) => unequal(aimId ?? 'general', dirname(path)))).toEqual([]);
    expect(offenders(({ aimId, metadata }) => unequal(metadata.type === 'general', aimId === undefined))).toEqual([]);
  });

  it('spreads the model over all its GPUs', () => {
    expect(
      offenders(({ engineArgs, metadata }) => unequal(engineArgs['tensor-parallel-size'], metadata.gpuCount)),
    ).toEqual([]);
  });

  it('passes only arguments with which its engine starts', async () => {
    const checks = PROFILES.map(async ({ path, profile: { metadata, engineArgs } }) => ({
      path,
      problems: await checkEngineArgs(metadata.engine, engineArgs),
    }));
    expect((await Promise.all(checks)).filter(({ problems }) => problems.length > 0)).toEqual([]);
  });

  it('spells arguments as the engine documents them', () => {
    const other = ({ engineArgs }: Profile) => Object.keys(engineArgs).find((name) => name !== canonicalName(name));
    expect(offenders(other)).toEqual([]);
  });

  it('bounds the tokens of a step when it turns chunked prefill off', () => {
    // Without a bound of its own a step then takes the model's whole context.
    const unbounded = ({ engineArgs }: Profile) =>
      'no-enable-chunked-prefill' in engineArgs && !('max-num-batched-tokens' in engineArgs) ? engineArgs : undefined;
    expect(offenders(unbounded)).toEqual([]);
  });

  it('compiles kernels at run time for the GPU it is for', () => {
    const other = ({ envVars, metadata }: Profile) =>
      'GPU_ARCHS' in envVars ? unequal(envVars['GPU_ARCHS'], findModelGfx(metadata.gpu)) : undefined;
    expect(offenders(other)).toEqual([]);
  });

  it('fits into the memory of its GPUs, with at least three sequences of full length', () => {
    const tight = ({ modelId, metadata: { engine, gpu, gpuCount }, engineArgs }: Profile) => {
      if (modelId === undefined) return undefined;
      const facts = findModelFacts(modelId);
      const vramBytes = findModelVram(gpu);
      if (!facts || vramBytes === undefined) return `nothing is known of ${modelId} or ${gpu}`;
      const { problems, concurrentSequences } = estimateMemory({
        facts,
        engine,
        engineArgs,
        gpuCount,
        vramBytes,
        vramSource: gpu,
      });
      return problems.length > 0 || concurrentSequences < 3 ? { problems, concurrentSequences } : undefined;
    };
    expect(offenders(tight)).toEqual([]);
  });

  it.each(['MI350X', 'MI355X'])('has a counterpart for %s where that GPU computes its precision', (gpu) => {
    const native = nativePrecisions(findModelGfx(gpu) ?? '') ?? [];
    const served = (model: string) =>
      new Set(
        PROFILES.filter(
          ({ profile: { metadata } }) => metadata.gpu === model && native.includes(metadata.precision),
        ).map(({ path }) => path.replace(`-${model.toLowerCase()}-`, '-gpu-')),
      );
    const there = served(gpu);
    const wanted = [...served('MI300X'), ...served('MI325X')];
    expect(wanted.filter((path) => !there.has(path))).toEqual([]);
    // Nobody measured them; they are automatic because these GPUs have no others.
    const own = PROFILES.filter(({ profile }) => profile.metadata.gpu === gpu && profile.aimId !== undefined);
    expect(own.length).toBeGreaterThan(60);
    for (const { profile } of own) {
      expect(profile.metadata).toMatchObject({ type: 'unoptimized', manualSelectionOnly: false });
    }
  });

  it('is the only one for its hardware, precision, metric and type in its folder', () => {
    const keys = PROFILES.map(({ path, profile: { metadata } }) => JSON.stringify([dirname(path), metadata]));
    expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([]);
  });
});

describe('every metadata.yaml of the catalogue', () => {
  it('describes the model of its folder, and every model has one', () => {
    const folders = new Set(PROFILE_PATHS.map((path) => dirname(path)).filter((folder) => folder !== 'general'));
    expect(MODELS.map(({ labels }) => labels.model.canonicalName)).toEqual(MODELS.map(({ folder }) => folder));
    expect(MODELS.map(({ folder }) => folder)).toEqual([...folders].sort());
  });

  it('names the checkpoints that its profiles serve', () => {
    for (const { folder, labels } of MODELS) {
      const served = PROFILES.filter(({ path }) => dirname(path) === folder).map(({ profile }) => profile.modelId);
      expect([...(labels.model.variants ?? [])].sort()).toEqual([...new Set(served)].sort());
    }
  });

  it.each(MODELS)(
    'recommends only profiles that exist, and says of them what is true: $folder',
    ({ folder, labels }) => {
      const deployments = labels.model.recommendedDeployments ?? [];
      expect(deployments.length).toBeGreaterThan(0);
      for (const { description = '', profileId, ...wanted } of deployments) {
        const path = `${folder}/${profileId ?? '(none)'}.yaml`;
        const profile = PROFILES.find((candidate) => candidate.path === path)?.profile;
        expect(profile, path).toBeDefined();
        const { gpu, gpuCount, precision, metric, type } = profile!.metadata;
        expect({ path, ...wanted }).toEqual({ path, gpuModel: gpu, gpuCount, precision, metric });
        const claim = { optimized: /^Optimized /, preview: /^Preview/, unoptimized: /^Not optimized/, general: /$^/ }[
          type
        ];
        expect(description).toMatch(claim);
        // A Kubernetes operator reads the label after replacing every apostrophe with a quotation mark.
        expect(description).not.toContain("'");
      }
    },
  );

  it('is there for the base image and names the variable that chooses the model', () => {
    const text = read('base/metadata.yaml');
    expect(parseBaseMetadata(text, 'base/metadata.yaml').org.opencontainers.image.description).toContain(
      'AIM_MODEL_ID',
    );
  });
});
