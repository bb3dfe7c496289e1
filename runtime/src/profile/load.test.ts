import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeProblem, loadProfiles } from './load.ts';

const BODY =
  'metadata:\n  engine: vllm\n  gpu: MI300X\n  precision: fp16\n  gpu_count: 1\n  metric: latency\n  type: TYPE\n';
const MODEL = `aim_id: org/model\nmodel_id: org/model\n${BODY.replace('TYPE', 'optimized')}`;
const FREE = BODY.replace('TYPE', 'general');

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'aim-profiles-'));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

function put(path: string, text: string | Buffer): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

function load(model: string | undefined = 'org/model') {
  const { profiles, invalid, warnings } = loadProfiles({ root, model });
  return {
    ids: profiles.map(({ id }) => id),
    invalid: invalid.flatMap(({ path, problems }) =>
      problems.map((problem) => describeProblem(relative(root, path), problem)),
    ),
    warnings,
  };
}

describe('loadProfiles', () => {
  it('names profiles by layer, folder depth and model', () => {
    put('custom/deep/er/mine.yaml', MODEL);
    put('custom/any.yml', FREE);
    put('org/model/one.yaml', MODEL);
    put('org/model/sub/two.yaml', MODEL);
    put('org/other/not-read.yaml', MODEL);
    put('general/g.yaml', FREE);
    expect(load().ids).toEqual(['custom/general/any', 'custom/org/model/mine', 'one', 'two', 'general/g']);
  });

  it('takes custom profiles that name no model', () => {
    put('custom/mine.yaml', `${BODY.replace('TYPE', 'optimized')}engine_args:\n  dtype: float8\n`);
    expect(load()).toEqual({ ids: ['custom/general/mine'], invalid: [], warnings: [] });
  });

  it('leaves out what is no profile: metadata, other endings, linked folders, volume internals, directories', () => {
    put('org/model/metadata.yaml', 'org: {}');
    put('org/model/one.yml', MODEL);
    put('org/model/two.yaml~', MODEL);
    put('org/model/dir.yaml/inside.yaml', MODEL);
    put('custom/..2025_01_01/mine.yaml', MODEL);
    put('elsewhere/linked.yaml', MODEL);
    symlinkSync('../../elsewhere', join(root, 'org/model/linkdir'));
    symlinkSync('../../elsewhere/linked.yaml', join(root, 'org/model/linked.yaml'));
    symlinkSync('nowhere', join(root, 'org/model/broken.yaml'));
    symlinkSync('.', join(root, 'org/model/loop'));
    expect(load().ids).toEqual(['linked', 'inside']);
  });

  it('enters layers that are links themselves', () => {
    put('store/one.yaml', MODEL);
    mkdirSync(join(root, 'org'));
    symlinkSync('../store', join(root, 'org/model'));
    expect(load().ids).toEqual(['one']);
  });

  it('has no model layer without a model folder name', () => {
    put('single/one.yaml', MODEL);
    put('general/g.yaml', FREE);
    expect(load('single').ids).toEqual(['general/g']);
    expect(load('general/x').ids).toEqual(['general/g']);
    expect(loadProfiles({ root, model: undefined }).profiles).toHaveLength(1);
  });

  it('says where and what is wrong in invalid files, and goes on', () => {
    put('org/model/a-enum.yaml', MODEL.replace('gpu: MI300X', 'gpu: mi300x'));
    put('org/model/b-syntax.yaml', 'metadata: {engine: vllm\n');
    put(
      'org/model/c-latin.yaml',
      Buffer.concat([Buffer.from('# caf'), Buffer.from([0xe9]), Buffer.from(`\n${MODEL}`)]),
    );
    put('org/model/d-nomodel.yaml', FREE);
    put('org/model/e-env.yaml', `${MODEL}env_vars:\n  A: 1\n`);
    put('org/model/good.yaml', MODEL);
    const { ids, invalid } = load();
    expect(ids).toEqual(['good']);
    expect(invalid[0]).toMatch(
      /^org\/model\/a-enum\.yaml:5:\d+: metadata\.gpu is "mi300x"; allowed: .*MI300X.* \(did you mean MI300X\?\)$/,
    );
    expect(invalid[1]).toMatch(/^org\/model\/b-syntax\.yaml:2:1: /);
    expect(invalid[2]).toBe('org/model/c-latin.yaml: is not UTF-8 text');
    expect(invalid[3]).toMatch(/^org\/model\/d-nomodel\.yaml:1:1: aim_id is missing/);
    expect(invalid.find((line) => line.includes('e-env'))).toMatch(
      /^org\/model\/e-env\.yaml:11:\d+: env_vars\.A is 1; it must be of type string$/,
    );
  });

  it('keeps a file that repeats a key, with a warning', () => {
    put('org/model/twice.yaml', `${MODEL}engine_args:\n  seed: 1\n  seed: 2\n`);
    const { ids, warnings } = load();
    expect(ids).toEqual(['twice']);
    expect(warnings).toEqual([expect.stringMatching(/twice\.yaml:12:3: a key is repeated/)]);
  });

  it('is empty for a folder that is not there', () => {
    expect(loadProfiles({ root: join(root, 'missing'), model: 'org/model' })).toEqual({
      profiles: [],
      invalid: [],
      warnings: [],
    });
  });

  it('says when a layer cannot be read', () => {
    symlinkSync('general', join(root, 'general')); // a link to itself
    expect(() => load()).toThrow(/cannot read the profiles folder .*general: ELOOP/);
  });
});
