import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { shardedModel } from '../lib/model-files.ts';
import { HubServer } from '../lib/model-hub-server.ts';
import { runDownload } from '../lib/model-runs.ts';
import { GENERAL, METADATA, ProfileTree } from '../lib/run-executable.ts';

const profile = (modelId: string, precision = 'fp16', gpu = 'MI300X') =>
  `aim_id: org/model\nmodel_id: ${modelId}\n${METADATA.replace('fp16', precision).replace('MI300X', gpu)}engine_args: {}\n`;

/** Runs `download-to-cache` without --model-id where there is no GPU at all. */
async function download(tree: ProfileTree, env: Readonly<Record<string, string>>) {
  const served = (name: string) => ({ name, commit: 'a'.repeat(40), files: shardedModel(1, 1000) });
  await using hub = await HubServer.start(['org/model', 'org/model-FP8'].map(served));
  return await runDownload([], {
    HF_ENDPOINT: hub.url,
    AIM_PROFILE_PATH: tree.root,
    AIM_CACHE_PATH: join(tree.root, 'cache'),
    AIM_SYSFS_ROOT: join(tree.root, 'sys'),
    AIM_DEV_ROOT: join(tree.root, 'dev'),
    PATH: '/nowhere',
    ...env,
  });
}

describe('download-to-cache on a host without a GPU', () => {
  it('brings the model of a base image, with a warning', async () => {
    using tree = new ProfileTree().put('general/any.yaml', `${GENERAL}engine_args: {}\n`);
    const { status, stdout, stderr } = await download(tree, { AIM_MODEL_ID: 'org/model' });
    expect({ status, stdout }).toEqual({ status: 0, stdout: `${join(tree.root, 'cache/org/model')}\n` });
    expect(stderr).toContain('without a known GPU no profile can be selected: taking org/model');
  });

  it('brings the one model that all of an image’s profiles lead to', async () => {
    using tree = new ProfileTree()
      .put('org/model/a.yaml', profile('org/model-FP8', 'fp8'))
      .put('org/model/b.yaml', profile('org/model-FP8', 'fp8', 'MI325X'));
    const { status, stdout } = await download(tree, { AIM_ID: 'org/model' });
    expect({ status, stdout }).toEqual({ status: 0, stdout: `${join(tree.root, 'cache/org/model-FP8')}\n` });
  });

  it('lists the models when there are several, and takes what the settings leave', async () => {
    using tree = new ProfileTree()
      .put('org/model/a.yaml', profile('org/model-FP8', 'fp8'))
      .put('org/model/b.yaml', profile('org/model'));
    const { status, stdout, stderr } = await download(tree, { AIM_ID: 'org/model' });
    expect({ status, stdout }).toEqual({ status: 3, stdout: '' });
    expect(stderr).toMatch(/2 models.*\n {2}org\/model\n {2}org\/model-FP8\n.*--model-id/);
    expect(existsSync(join(tree.root, 'cache'))).toBe(false);
    expect(await download(tree, { AIM_ID: 'org/model', AIM_PRECISION: 'fp8' })).toMatchObject({
      status: 0,
      stdout: `${join(tree.root, 'cache/org/model-FP8')}\n`,
    });
  });

  it('leaves the choice to AIM_PROFILE_ID', async () => {
    using tree = new ProfileTree()
      .put('org/model/a.yaml', profile('org/model-FP8', 'fp8'))
      .put('org/model/b.yaml', profile('org/model'));
    expect(await download(tree, { AIM_ID: 'org/model', AIM_PROFILE_ID: 'b' })).toMatchObject({
      status: 0,
      stdout: `${join(tree.root, 'cache/org/model')}\n`,
    });
    expect((await download(tree, { AIM_ID: 'org/model', AIM_PROFILE_ID: 'none' })).status).toBe(4);
  });

  it('says what is missing when no profile could be selected on any GPU', async () => {
    using tree = new ProfileTree().put('org/model/a.yaml', profile('org/model'));
    const { status, stderr } = await download(tree, { AIM_ID: 'org/model', AIM_PRECISION: 'int4' });
    expect(status).toBe(3);
    expect(stderr).toContain('no usable GPU was found');
  });
});
