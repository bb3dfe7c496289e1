import { DEVICE_IDS, findDevice } from 'aim-runtime/gpu';
import type { Profile } from 'aim-runtime/profile';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deployPlan } from '../../test/lib/deploy-plans.ts';
import { planEnvironment } from './environment.ts';
import { literal } from './kubernetes/container.ts';
import { renderObjects } from './render.ts';

interface Workload {
  readonly kind: string;
  readonly spec: { readonly template: { readonly spec: PodSpec } };
}
interface PodSpec {
  readonly affinity?: unknown;
  readonly containers: readonly {
    readonly env: readonly { readonly name: string }[];
    readonly volumeMounts: unknown;
  }[];
  readonly initContainers?: PodSpec['containers'];
}

async function podOf(kind: string, said: Parameters<typeof deployPlan>[0]): Promise<PodSpec> {
  const objects = renderObjects(await deployPlan(said), 'kubernetes') as unknown as Workload[];
  return objects.find((object) => object.kind === kind)!.spec.template.spec;
}

describe('a plan', () => {
  it('chooses nodes by every device id of the model of GPU, and of no other', async () => {
    for (const gpuModel of ['MI300X', 'MI325X']) {
      const { gpus } = await deployPlan({ gpuModel });
      expect(gpus.deviceIds).toEqual(DEVICE_IDS.filter((id) => findDevice(id)?.model === gpuModel));
      expect(gpus.deviceIds.length).toBeGreaterThan(0);
    }
    expect(JSON.stringify((await podOf('Deployment', {})).affinity)).toContain('"amd.com/gpu.device-id"');
  });

  it('gives the token to what downloads, and to the server only when that is the same', async () => {
    const hfSecret = { name: 'hf', key: 'token' };
    const names = ({ env }: PodSpec['containers'][number]) => env.map(({ name }) => name);
    const own = await podOf('Deployment', { hfSecret });
    expect(names(own.containers[0]!)).toContain('HF_TOKEN');
    const preloaded = await podOf('Deployment', { hfSecret, cache: 'preload' });
    expect(names(preloaded.containers[0]!)).not.toContain('HF_TOKEN');
    expect(names(preloaded.initContainers![0]!)).toEqual(['HF_TOKEN']);
    expect(JSON.stringify(preloaded.containers[0]!.volumeMounts)).toContain('"readOnly":true');
    const job = await podOf('Job', { hfSecret, cache: 'preload' });
    expect(names(job.containers[0]!)).toEqual(['HF_TOKEN']);
    expect(JSON.stringify(job)).not.toContain('"amd.com/gpu":');
  });

  it('makes another Job when its pods would be others, and the same when not', async () => {
    const jobName = async (said: Parameters<typeof deployPlan>[0]) =>
      renderObjects(await deployPlan({ cache: 'preload', ...said }), 'kubernetes').find(({ kind }) => kind === 'Job')!
        .metadata.name;
    expect(await jobName({})).toBe(await jobName({ replicas: 1 }));
    expect(await jobName({})).not.toBe(await jobName({ image: 'ghcr.io/example/other:1' }));
  });

  it('leaves the number of replicas to an autoscaler', async () => {
    const scaled = await deployPlan({ autoscaling: 'hpa', maxReplicas: 3, cache: 'ephemeral' });
    const text = JSON.stringify(renderObjects(scaled, 'kubernetes'));
    expect(text).not.toContain('"replicas"');
    expect(text).toContain('vllm:num_requests_waiting');
    expect(scaled.autoscaling!.triggers.every(({ perReplica }) => perReplica >= 1)).toBe(true);
  });

  it('refuses names that the operator cannot join with their namespace', async () => {
    const long = { target: 'aim-operator' as const, name: 'a'.repeat(50), namespace: 'b'.repeat(20) };
    await expect(deployPlan(long)).rejects.toMatchObject({ code: 'usage' });
    await expect(deployPlan({ ...long, target: 'kserve' })).resolves.toMatchObject({ name: long.name });
  });

  it("leaves out a precision that the operator's types do not know: the profile decides", async () => {
    const precisionOf = async (said: Parameters<typeof deployPlan>[0]) => {
      const plan = await deployPlan({ ...said, target: 'aim-operator' });
      const [, template] = renderObjects(plan, 'aim-operator') as unknown as {
        spec: { precision?: string; profileId: string };
      }[];
      return [template!.spec.precision, template!.spec.profileId === plan.profile.id];
    };
    expect(await precisionOf({ model: 'openai/gpt-oss-20b', precision: 'fp4' })).toEqual([undefined, true]);
    expect(await precisionOf({ model: 'Qwen/Qwen3-32B', precision: 'fp8' })).toEqual(['fp8', true]);
  });

  it('tells the operator nothing that it decides by itself', async () => {
    const plan = await deployPlan({
      target: 'aim-operator',
      env: { VLLM_X: '1' },
      engineArgs: { 'max-model-len': 4096 },
    });
    const service = renderObjects(plan, 'aim-operator')[2] as unknown as { spec: { env: { name: string }[] } };
    expect(service.spec.env.map(({ name }) => name)).toEqual(['VLLM_X', 'AIM_ENGINE_ARGS']);
  });
});

describe('variables', () => {
  it('of SGLang make it listen and count, whatever else the user says', () => {
    const profile = { id: 'p', metadata: { engine: 'sglang', metric: 'latency' } } as unknown as Profile;
    const image = { reference: 'i', kind: 'base' } as const;
    const input = { model: 'org/m', image, profile, gpuCount: 2, cache: 'pvc', userEnv: { A: '1' } } as const;
    const env = planEnvironment({ ...input, engineArgs: { 'context-length': 4096 } });
    expect(JSON.parse(env['AIM_ENGINE_ARGS']!)).toEqual({
      host: '0.0.0.0',
      'enable-metrics': true,
      'context-length': 4096,
    });
    expect(env).toMatchObject({ AIM_MODEL_ID: 'org/m', AIM_GPU_COUNT: '2', A: '1', AIM_PORT: '8000' });
  });

  it('refer to no others, as Kubernetes reads them', () => {
    /** `$$` is `$`, `$(NAME)` a reference, and any other `$` itself; at the end too. */
    const expand = (value: string) =>
      value.replaceAll(/\$\$|\$\(([^)]*)\)/g, (whole) => (whole === '$$' ? '$' : 'REPLACED'));
    const text = fc.string({ unit: fc.constantFrom('$', '(', ')', 'A', '{') });
    fc.assert(fc.property(text, (value) => expand(literal(value)) === value));
    expect(expand('$(A)')).toBe('REPLACED');
  });
});
