import { chmodSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EXECUTABLE, PROFILE, ProfileTree, run, settings } from '../lib/run-executable.ts';

/** A stand-in for the image's Python that shows what it was started with. */
function withPython(tree: ProfileTree, script: string): Record<string, string> {
  tree.put('bin/python3', `#!/bin/sh\n${script}\n`);
  chmodSync(join(tree.root, 'bin/python3'), 0o755);
  return settings(tree, { PATH: `${tree.root}/bin:/usr/bin:/bin`, AIM_LOG_LEVEL: 'ERROR' });
}

describe('serve', () => {
  it('is what runs without a sub-command, and hands over arguments and environment', () => {
    using tree = new ProfileTree().put('org/model/one.yaml', PROFILE);
    const env = withPython(
      tree,
      'echo "$@"; echo "GPU_ARCHS=$GPU_ARCHS HF_HOME=$HF_HOME HF_TOKEN=$HF_TOKEN AIM_ID=$AIM_ID"',
    );
    const { status, stdout, stderr } = run([], { ...env, HF_TOKEN: 'passed-on' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout.split('\n')).toEqual([
      '-m vllm.entrypoints.openai.api_server --model org/model --max-model-len 4096 --port 8000 --served-model-name org/model',
      `GPU_ARCHS=gfx942 HF_HOME=${tree.root}/cache HF_TOKEN=passed-on AIM_ID=org/model`,
      '',
    ]);
  });

  it('becomes the engine: same process, its signals, its exit status', async () => {
    using tree = new ProfileTree().put('org/model/one.yaml', PROFILE);
    const env = withPython(tree, 'trap "exit 7" TERM; echo "pid $$"; while :; do sleep 0.05; done');
    const child = spawn(EXECUTABLE, ['serve'], { env });
    const pid = await new Promise<string>((resolve) =>
      child.stdout.once('data', (data: Buffer) => resolve(data.toString().trim())),
    );
    expect(pid).toBe(`pid ${child.pid ?? 0}`);
    const exit = new Promise<number | null>((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    expect(await exit).toBe(7);
  });

  it('says what is missing when there is no Python', () => {
    using tree = new ProfileTree().put('org/model/one.yaml', PROFILE);
    const { status, stdout, stderr } = run(['serve'], settings(tree, { PATH: '/nonexistent', AIM_LOG_LEVEL: 'ERROR' }));
    expect({ status, stdout }).toEqual({ status: 8, stdout: '' });
    expect(stderr).toMatch(
      /^aim-runtime: error: the inference engine could not start: neither python nor python3 is on PATH\n/,
    );
  });

  it('does not start a bucket model that is not in the cache and may not be fetched', () => {
    using tree = new ProfileTree().put(
      'custom/s3.yaml',
      PROFILE.replace('model_id: org/model', 'model_id: s3://bucket/models/org/model'),
    );
    const { status, stdout, stderr } = run(['serve'], withPython(tree, 'echo started'));
    expect({ status, stdout }).toEqual({ status: 5, stdout: '' });
    expect(stderr).toContain('s3://bucket/models/org/model is not whole in');
  });
});
