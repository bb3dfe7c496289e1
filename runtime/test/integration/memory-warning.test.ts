import { chmodSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PROFILE, ProfileTree, run, settings } from '../lib/run-executable.ts';

const LLAMA = 'meta-llama/Llama-3.1-405B-Instruct';
/** A weight file without tensors: the length of its header, and the header. */
const WEIGHTS = Buffer.concat([Buffer.from([2, 0, 0, 0, 0, 0, 0, 0]), Buffer.from('{}')]);
const CONFIG = { num_hidden_layers: 80, hidden_size: 8192, num_attention_heads: 64, vocab_size: 128_256 };

/** What serve says, and whether the engine was started all the same. */
function serve(profile: string, prepare: (tree: ProfileTree) => void = () => undefined) {
  using tree = new ProfileTree().put('org/model/one.yaml', profile).put('bin/python3', '#!/bin/sh\necho started\n');
  chmodSync(`${tree.root}/bin/python3`, 0o755);
  prepare(tree);
  const { stdout, stderr } = run(['serve'], settings(tree, { PATH: `${tree.root}/bin`, AIM_LOG_LEVEL: 'WARNING' }));
  return { started: stdout === 'started\n', stderr };
}

describe('serve, about memory', () => {
  it('warns with numbers when the weights of a known model do not fit, and starts the engine', () => {
    const { started, stderr } = serve(PROFILE.replace('model_id: org/model', `model_id: ${LLAMA}`));
    expect(started).toBe(true);
    expect(stderr).toMatch(
      /probably not start: 756\.\d GiB of weights .* do not fit into 172\.8 GiB \(0\.9 of 192\.0 GiB\)/,
    );
  });

  it("reads a cached model's own configuration and says which context would fit", () => {
    const { started, stderr } = serve(PROFILE.replace('4096', '1000000'), (tree) => {
      tree.put('cache/org/model/config.json', JSON.stringify({ ...CONFIG, max_position_embeddings: 1_000_000 }));
      tree.put('cache/org/model/model.safetensors', WEIGHTS);
    });
    expect(started).toBe(true);
    expect(stderr).toMatch(/one sequence of 1000000 tokens needs \d+\.\d GiB of cache on each GPU/);
    expect(stderr).toMatch(/max-model-len to at most \d+/);
  });

  it('says nothing when all fits, or when the model is not known', () => {
    expect(serve(PROFILE)).toEqual({ started: true, stderr: '' });
    expect(serve(PROFILE.replace('model_id: org/model', 'model_id: Qwen/Qwen3-32B'))).toEqual({
      started: true,
      stderr: '',
    });
  });

  it('starts a model whose configuration cannot be understood', () => {
    const outcome = serve(PROFILE, (tree) => {
      tree.put('cache/org/model/config.json', '{"hidden_size": 1');
      tree.put('cache/org/model/model.safetensors', WEIGHTS);
    });
    expect(outcome).toEqual({ started: true, stderr: '' });
  });
});
