import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checkVariables,
  LONGEST_NAME,
  parseCacheSize,
  parseDeploymentName,
  parseGateway,
  parseGroups,
  parseHostname,
  parseNamespace,
  parseObjectName,
  parsePrometheusUrl,
  parseSecretReference,
  refuseSecretArgs,
} from './values.ts';
import { deploymentName } from './plan.ts';

describe('values', () => {
  it.each([
    [
      'a name',
      parseDeploymentName,
      ['a', 'llm-1'],
      ['', '1a', 'A', 'a_b', '-a', 'a-', 'a.b', 'a'.repeat(LONGEST_NAME + 1)],
    ],
    ['a namespace', parseNamespace, ['default', '1a'], ['', 'A', 'a.b', 'a'.repeat(64), 'a/b']],
    [
      'a host name',
      parseHostname,
      ['llm.example.com', '*.example.com'],
      ['', 'a..b', '10.0.0.1', 'http://a', 'a:80', '*', 'a.*.b', 'A.b'],
    ],
    [
      'a size',
      parseCacheSize,
      ['1Gi', '500Gi', '2Ti', '2048Mi'],
      ['', '5', '5GB', '0Gi', '-1Gi', '1.5Ti', '512Mi', '9999999Ti'],
    ],
    ['groups', parseGroups, ['44', '44,109', '44, 109'], ['', 'render', '44,', '-1', '44 109']],
    ['a Gateway', parseGateway, ['gw', 'ns/gw'], ['', '/', 'a/b/c', 'ns/', '/gw', 'NS/gw']],
    [
      'a Prometheus',
      parsePrometheusUrl,
      ['http://p:9090', 'https://p/x'],
      ['', 'p:9090', 'ftp://p', 'http://u:p@h', 'file:///etc'],
    ],
    [
      'a Secret',
      parseSecretReference,
      ['hf', 'hf:token', 'a.b:K_1'],
      ['', ':', 'hf:', 'hf:a:b', 'HF', 'hf_abcdefgh', 'hf:a b'],
    ],
  ] as const)('of %s are read or refused', (_, parse: (text: string) => unknown, good, bad) => {
    for (const text of good) expect(() => parse(text), text).not.toThrow();
    for (const text of bad) expect(() => parse(text), text).toThrow(expect.objectContaining({ code: 'usage' }));
  });

  it('of objects name the flag they came with', () => {
    expect(parseObjectName('--storage-class', 'fast.nvme')).toBe('fast.nvme');
    expect(() => parseObjectName('--storage-class', 'Fast')).toThrow(/--storage-class/);
  });

  it('that are tokens are refused without being repeated', () => {
    const token = 'hf_AbCdEfGhIjKlMnOpQrStUvWxYz012345';
    const attempts = [
      () => parseSecretReference(token),
      () => checkVariables({ NOTE: token }),
      () => checkVariables({ HF_TOKEN: 'x' }),
      () => checkVariables({ VLLM_API_KEY: token }),
      () => checkVariables({ ADDRESS: 'https://me:pass1234@host' }),
      () => refuseSecretArgs({ 'api-key': token }),
      () => refuseSecretArgs({ api_key: token }),
    ];
    for (const attempt of attempts) {
      expect(attempt).toThrow(expect.objectContaining({ code: 'usage' }));
      expect(attempt).not.toThrow(token);
    }
  });

  it('of variables that this program sets are refused with the flag to use', () => {
    expect(() => checkVariables({ AIM_PROFILE_ID: 'x' })).toThrow(
      expect.objectContaining({ hint: 'Say it with --profile.' }),
    );
    expect(() => checkVariables({ AIM_PORT: '1' })).toThrow(/AIM_PORT/);
    expect(() => checkVariables({ VLLM_USE_V1: '1', AIM_LOG_LEVEL: 'DEBUG' })).not.toThrow();
  });
});

it('names of deployments are made of any model and are names', () => {
  expect(deploymentName('meta-llama/Llama-3.1-8B-Instruct')).toBe('aim-llama-3-1-8b-instruct');
  const model = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,90}\/[A-Za-z0-9][A-Za-z0-9._-]{0,90}$/);
  fc.assert(fc.property(model, (id) => parseDeploymentName(deploymentName(id)) !== ''));
});
