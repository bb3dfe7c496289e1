import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { aimctl, checkedJson } from '../lib/aimctl.ts';

const scratch = mkdtempSync(join(tmpdir(), 'aimctl-estimate-'));
afterAll(() => rmSync(scratch, { recursive: true }));

interface Report {
  readonly estimates: readonly { readonly gpu: string; readonly fits: boolean; readonly contextTokens: number }[];
}
const LLAMA = 'Llama-3.3-70B-Instruct/vllm-mi300x-fp16-tp1-latency';

describe('aimctl estimate', () => {
  it('prints what its schema says and exits with 0 when all fits', () => {
    const run = aimctl(['estimate', LLAMA, '--json', '--gpu', 'MI300X', '--gpu', 'MI355X', '--context', '8192']);
    const { estimates } = checkedJson('estimate', run) as Report;
    expect(estimates).toMatchObject([
      { gpu: 'MI300X', fits: true, contextTokens: 8192 },
      { gpu: 'MI355X', fits: true, contextTokens: 8192 },
    ]);
    expect(run.status).toBe(0);
  });

  it('exits with 3 when a profile does not fit and says by how much', () => {
    const run = aimctl(['estimate', LLAMA, '--gpu', 'MI210']);
    expect(run.status).toBe(3);
    expect(run.stdout).toMatch(/DOES NOT FIT[^]*131\.4 GiB of weights/);
    const json = aimctl(['estimate', LLAMA, '--gpu', 'MI210', '--json']);
    expect(json.status).toBe(3);
    expect((checkedJson('estimate', json) as Report).estimates).toMatchObject([{ fits: false }]);
  });

  it('shows formula and source of every number with --verbose', () => {
    const { stdout } = aimctl(['estimate', LLAMA, '--verbose']);
    for (const text of ['FORMULA', 'SOURCE', '80 layers x 2 x 8 of 8 key-value heads x 128 x 2 bytes', 'the table of'])
      expect(stdout).toContain(text);
  });

  it("reads a model's own configuration, also for a general profile", () => {
    const file = join(scratch, 'config.json');
    writeFileSync(
      file,
      JSON.stringify({
        num_hidden_layers: 2,
        hidden_size: 64,
        num_attention_heads: 8,
        vocab_size: 100,
        max_position_embeddings: 512,
      }),
    );
    const general = ['estimate', 'general/vllm-mi300x-fp16-tp1-latency'];
    const { estimates } = checkedJson('estimate', aimctl([...general, '--model-config', file, '--json'])) as Report;
    expect(estimates).toMatchObject([{ model: file, contextTokens: 512, fits: true }]);
    expect(aimctl(general)).toMatchObject({ status: 2, stderr: expect.stringContaining('--model') as string });
  });

  it.each([
    [['estimate'], /Missing 1 required arg/],
    [['estimate', 'Qwen3-32B/vllm-mi300x-fp16-tp1-latncy'], /there is no profile/],
    [['estimate', LLAMA, '--gpu', 'MI30X'], /Did you mean MI300X\?/],
    [['estimate', LLAMA, '--model-config', '/nonexistent'], /\/nonexistent cannot be read/],
    [['estimate', LLAMA, '--context', '0'], /--context/],
  ])('refuses %j', (args, message) => {
    const run = aimctl(args);
    expect(run.status).toBe(2);
    expect(run.stderr).toMatch(message);
  });
});
