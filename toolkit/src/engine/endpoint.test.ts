import { ENGINES, METRICS, PRECISIONS } from 'aim-runtime/profile';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { holdsResources, parseEndpoint, renderLabels, urlsOf, type EndpointFacts } from './endpoint.ts';
import { endpointName } from './names.ts';

const container = { id: 'abc', name: 'one', image: 'aim:1', state: 'running' as const, addresses: ['172.17.0.2'] };
const facts: EndpointFacts = {
  ...{ model: 'acme/Tiny', profile: 'p', backend: 'vllm', precision: 'fp16', metric: 'latency', gpuModel: 'MI300X' },
  ...{ gpus: ['renderD128'], address: '0.0.0.0', port: 8001, containerPort: 8000, supervised: false },
};

describe('labels of an endpoint', () => {
  const anyFacts = fc.record({
    model: fc.stringMatching(/^[A-Za-z0-9._-]+\/[A-Za-z0-9._-]+$/),
    profile: fc.stringMatching(/^[a-z0-9/-]+$/),
    backend: fc.constantFrom(...ENGINES),
    precision: fc.constantFrom(...PRECISIONS),
    metric: fc.constantFrom(...METRICS),
    gpuModel: fc.constantFrom('MI300X', 'MI355X'),
    gpus: fc.array(fc.stringMatching(/^renderD\d{3}$/), { maxLength: 8 }),
    address: fc.constantFrom('0.0.0.0', '127.0.0.1'),
    port: fc.integer({ min: 1, max: 65_535 }),
    containerPort: fc.integer({ min: 1, max: 65_535 }),
    supervised: fc.boolean(),
  });

  it('hold everything that is known of it', () => {
    fc.assert(
      fc.property(anyFacts, (known) => {
        expect(parseEndpoint({ ...container, labels: renderLabels(known) })).toEqual({ ...container, ...known });
      }),
    );
  });

  it.each([
    ['of other containers', {}],
    ['of a later version', { ...renderLabels(facts), 'com.amd.aim.engine.endpoint': '2' }],
    ['with a broken port', { ...renderLabels(facts), 'com.amd.aim.engine.port': 'x' }],
    ['with an unknown engine', { ...renderLabels(facts), 'com.amd.aim.engine.backend': 'other' }],
  ])('%s are none', (_, labels) => {
    expect(parseEndpoint({ ...container, labels })).toBeUndefined();
  });
});

it('keeps its GPUs and port until it has ended', () => {
  expect((['created', 'running', 'paused', 'restarting'] as const).every((state) => holdsResources({ state }))).toBe(
    true,
  );
  expect((['exited', 'dead', 'removing'] as const).some((state) => holdsResources({ state }))).toBe(false);
});

it('is reached over its published port first, then over its own address', () => {
  const endpoint = { ...facts, ...container };
  expect(urlsOf(endpoint)).toEqual(['http://127.0.0.1:8001', 'http://172.17.0.2:8000']);
  expect(urlsOf({ ...endpoint, address: '10.0.0.7', addresses: [] })).toEqual(['http://10.0.0.7:8001']);
  expect(urlsOf({ ...endpoint, address: '::', addresses: [] })).toEqual(['http://[::1]:8001']);
  expect(urlsOf({ ...endpoint, address: 'fd00::7', addresses: [] })).toEqual(['http://[fd00::7]:8001']);
});

describe('endpointName', () => {
  const naming = { model: 'Qwen/Qwen3-32B', gpuCount: 4, precision: 'bf16', backend: 'vllm' } as const;

  it('says model, GPUs, precision and engine', () => {
    expect(endpointName(naming, new Set())).toBe('aim-engine-qwen-qwen3-32b-4gpu-bf16-vllm');
  });
  it('counts on when it is taken', () => {
    const name = 'aim-engine-qwen-qwen3-32b-4gpu-bf16-vllm';
    expect(endpointName(naming, new Set([name]))).toBe(`${name}-2`);
    expect(endpointName(naming, new Set([name, `${name}-2`]))).toBe(`${name}-3`);
  });
  it('is a name Docker takes, whatever the model is called, and no taken one', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.nat(3), (model, others) => {
        const taken = new Set<string>();
        for (let index = 0; index < others; index++) taken.add(endpointName({ ...naming, model }, taken));
        expect(taken.size).toBe(others);
        expect(endpointName({ ...naming, model: `s3://${model}` }, taken)).toMatch(/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/);
      }),
    );
  });
});
