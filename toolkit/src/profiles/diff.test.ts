import { describe, expect, it } from 'vitest';
import { diffProfiles } from './diff.ts';
import { parseProfile } from './find.ts';

const profile = (args: string, variables = '') =>
  parseProfile(
    '/p/org/model/x.yaml',
    `metadata: {engine: vllm, gpu: MI300X, precision: fp8, gpu_count: 1, metric: latency, type: unoptimized}
engine_args: ${args}
env_vars: ${variables}
`,
  );

describe('differences of profiles', () => {
  it('hide credentials in URLs, tokens by their shape, and secrets inside arguments', () => {
    const changes = diffProfiles(
      profile('{kv-transfer-config: {a: [{api_key: first, url: "http://bob:old@host"}], b: 1}}'),
      profile(
        '{kv-transfer-config: {a: [{api_key: other, url: "http://bob:new@host"}], b: 1}, x: hf_abcdefghijklmnop}',
        `{HTTP_PROXY: "http://bob:pw@proxy", TEXT: '{"api_key": "first", "b": 1}'}`,
      ),
    );
    const hidden = { a: [{ api_key: '[redacted]', url: 'http://[redacted]@host' }], b: 1 };
    expect(changes).toEqual([
      { path: 'engine_args.kv-transfer-config', change: 'changed', from: hidden, to: hidden },
      { path: 'engine_args.x', change: 'added', to: '[redacted]' },
      { path: 'env_vars.HTTP_PROXY', change: 'added', to: 'http://[redacted]@proxy' },
      { path: 'env_vars.TEXT', change: 'added', to: '{"api_key": "[redacted]", "b": 1}' },
    ]);
  });
});
