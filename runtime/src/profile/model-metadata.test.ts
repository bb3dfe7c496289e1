import { describe, expect, it } from 'vitest';
import { AimError } from '../system/errors.ts';
import { checkBaseMetadata, checkModelMetadata, parseBaseMetadata, parseModelMetadata } from './model-metadata.ts';

const ORG = `org:
  opencontainers:
    image:
      vendor: Example
      licenses: Apache-2.0
      description: A model.
      source: https://example.com/repository
`;
const MODEL = `${ORG}com:
  amd:
    aim:
      title: A Model
      hfToken:
        required: false
      model:
        canonicalName: org/model
        publisher: Org
        tags: [chat]
        recommendedDeployments:
          - gpuModel: MI300X
            gpuCount: 1
            precision: fp8
            metric: latency
            profileId: vllm-mi300x-fp8-tp1-latency
`;
const BASE = `${ORG}com:\n  amd:\n    aim:\n      title: Base\n`;

describe('parseModelMetadata', () => {
  it('returns the data with its types', () => {
    const { model, title, hfToken } = parseModelMetadata(MODEL, 'metadata.yaml').com.amd.aim;
    expect(title).toBe('A Model');
    expect(hfToken?.required).toBe(false);
    expect(model.recommendedDeployments?.[0]).toEqual({
      gpuModel: 'MI300X',
      gpuCount: 1,
      precision: 'fp8',
      metric: 'latency',
      profileId: 'vllm-mi300x-fp8-tp1-latency',
    });
  });

  it('reports every problem with file, line and column', () => {
    const text = MODEL.replace('vendor', 'vender')
      .replace('MI300X', 'MI30OX')
      .replace('required: false', 'required: "no"');
    const thrown = catchError(() => parseModelMetadata(text, 'profiles/org/model/metadata.yaml'));
    expect(thrown).toBeInstanceOf(AimError);
    const { code, details } = thrown as AimError;
    expect(code).toBe('config');
    expect(details).toEqual([
      expect.stringMatching(/^profiles\/org\/model\/metadata\.yaml:3:5: org\.opencontainers\.image\.vendor is missing/),
      expect.stringMatching(/^profiles\/org\/model\/metadata\.yaml:4:7: org\.opencontainers\.image\.vender /),
      expect.stringMatching(/metadata\.yaml:13:9: com\.amd\.aim\.hfToken\.required is "no"/),
      expect.stringMatching(
        /metadata\.yaml:19:13: com\.amd\.aim\.model\.recommendedDeployments\.0\.gpuModel .*MI300X\?/,
      ),
    ]);
  });

  it.each(['', '# nothing\n', 'text', '- org', 'org: [', 'org:\n\tcom: 1'])('refuses %j with a position', (text) => {
    const result = checkModelMetadata(text);
    expect(result).toMatchObject({ ok: false, problems: [{ line: expect.any(Number) as number }] });
  });

  it('keeps warnings of a text that is still usable', () => {
    const result = checkModelMetadata(MODEL.replace('publisher: Org', 'publisher: One\n        publisher: Two'));
    expect(result).toMatchObject({ ok: true, metadata: { com: { amd: { aim: { model: { publisher: 'Two' } } } } } });
    expect(result.ok && result.warnings).toHaveLength(1);
  });
});

describe('parseBaseMetadata', () => {
  it('describes an image without a model', () => {
    expect(parseBaseMetadata(BASE, 'metadata.yaml').com.amd.aim.title).toBe('Base');
  });

  it('and parseModelMetadata do not accept each other', () => {
    expect(checkBaseMetadata(MODEL).ok).toBe(false);
    expect(checkModelMetadata(BASE).ok).toBe(false);
  });
});

function catchError(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}
