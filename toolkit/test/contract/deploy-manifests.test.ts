import { load, loadAll, YAML11_SCHEMA } from 'js-yaml';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DeploymentPlan } from '../../src/deploy/deployment-plan.ts';
import { renderFiles, renderObjects } from '../../src/deploy/render.ts';
import { CACHE_KINDS, type DeployRequest } from '../../src/deploy/request.ts';
import { deployPlan } from '../lib/deploy-plans.ts';
import { API_VERSIONS, checkCompose, createObjectChecker } from '../lib/deploy-schemas.ts';

/** Models of three sizes: one GPU, several, all of a node. */
const GOLDEN = [
  { name: 'small', said: { model: 'meta-llama/Llama-3.1-8B-Instruct', cache: 'pvc' } },
  {
    name: 'medium',
    said: {
      model: 'Qwen/Qwen3-32B',
      gpuModel: 'MI325X',
      cache: 'preload',
      accessMode: 'ReadWriteMany',
      storageClass: 'nfs',
      autoscaling: 'keda',
      maxReplicas: 4,
    },
  },
  {
    name: 'large',
    said: {
      model: 'meta-llama/Llama-3.1-405B-Instruct',
      gpuCount: 8,
      cache: 'ephemeral',
      metric: 'throughput',
      hfSecret: { name: 'hf', key: 'token' },
      priorityClass: 'inference',
    },
  },
] satisfies { name: string; said: Partial<DeployRequest> }[];

const CLUSTER_TARGETS = ['kubernetes', 'kserve', 'aim-operator'] as const;
const checkers = API_VERSIONS.map((version) => ({ version, check: createObjectChecker(version) }));

/** What every version says against every object. */
function problemsOf(plan: DeploymentPlan): string[] {
  const objects = renderObjects(plan, plan.target);
  return checkers.flatMap(({ version, check }) => objects.flatMap(check).map((problem) => `${version}: ${problem}`));
}

describe.each(GOLDEN)('a $name model', ({ name, said }) => {
  it.each(CLUSTER_TARGETS)('is deployed by %s as reviewed, in two versions of the API', async (target) => {
    // The operator makes volumes by itself.
    const volumes = target === 'aim-operator' ? { accessMode: undefined, priorityClass: undefined } : {};
    const plan = await deployPlan({ ...said, ...volumes, target });
    expect(problemsOf(plan)).toEqual([]);
    const text = renderFiles(plan, '0.9.0').map((file) => `# ${file.path}\n${file.text}`);
    await expect(text.join('---\n')).toMatchFileSnapshot(`../fixtures/deploy/golden/${name}-${target}.yaml`);
  });

  it.each(['compose', 'docker'] as const)('is started by %s as reviewed', async (target) => {
    const local = { autoscaling: 'none', maxReplicas: undefined, accessMode: undefined } as const;
    const plan = await deployPlan({ ...said, ...local, target });
    const [file] = renderFiles(plan, '0.9.0');
    if (target === 'compose') expect(checkCompose(load(file!.text))).toEqual([]);
    await expect(file!.text).toMatchFileSnapshot(`../fixtures/deploy/golden/${name}-${file!.path}`);
  });
});

describe('objects of any deployment', () => {
  const requests = fc.record(
    {
      target: fc.constantFrom(...CLUSTER_TARGETS),
      model: fc.constantFrom('Qwen/Qwen3-32B', 'openai/gpt-oss-20b', 'deepseek-ai/DeepSeek-R1-0528'),
      cache: fc.constantFrom(...CACHE_KINDS.filter((kind) => kind !== 'hostpath')),
      storageClass: fc.constantFrom('fast', '123', 'on', 'null', '1e3', '0x1f'),
      namespace: fc.constantFrom('default', 'on', '123', 'no', 'y', '1e3'),
      hfSecret: fc.constant({ name: 'on', key: '~' }),
      pullSecrets: fc.constant(['no']),
      gateway: fc.constant({ name: 'gw', namespace: 'true' }),
      autoscaling: fc.constantFrom('keda', 'none'),
      env: fc.dictionary(fc.stringMatching(/^[A-Z][A-Z_]{0,9}$/), fc.string({ unit: 'binary' }), { maxKeys: 4 }),
    },
    { requiredKeys: ['target', 'model', 'cache'] },
  );
  const complete = (said: Partial<DeployRequest>): Partial<DeployRequest> => ({
    ...said,
    ...(said.autoscaling === 'keda' ? { maxReplicas: 3 } : {}),
    ...(said.target !== 'aim-operator' && said.cache !== 'ephemeral' ? { accessMode: 'ReadWriteMany' } : {}),
  });

  it('fit both versions and survive YAML, whatever the names and values look like', async () => {
    await fc.assert(
      fc.asyncProperty(requests, async (said) => {
        const plan = await deployPlan(complete(said));
        expect(problemsOf(plan)).toEqual([]);
        const objects: unknown = JSON.parse(JSON.stringify(renderObjects(plan, plan.target)));
        const texts = renderFiles(plan, '0.9.0').map(({ text }) => text);
        expect(texts.map((text) => loadAll(text)[0])).toEqual(objects);
        // As kubectl reads it.
        expect(texts.map((text) => load(text, { schema: YAML11_SCHEMA }))).toEqual(objects);
      }),
      { numRuns: 60 },
    );
  });

  it('never hold the value of a secret, run as root, or write to their root', async () => {
    await fc.assert(
      fc.asyncProperty(requests, async (said) => {
        const plan = await deployPlan({
          ...complete(said),
          hfSecret: { name: 'hf', key: 'k' },
        });
        for (const container of containersOf(renderObjects(plan, plan.target))) {
          expect(container.securityContext).toEqual({
            allowPrivilegeEscalation: false,
            capabilities: { drop: ['ALL'] },
            readOnlyRootFilesystem: true,
          });
          for (const { name, value, valueFrom } of container.env)
            if (name === 'HF_TOKEN')
              expect([value, valueFrom]).toEqual([undefined, { secretKeyRef: { name: 'hf', key: 'k' } }]);
        }
      }),
      { numRuns: 30 },
    );
  });
});

interface Container {
  readonly securityContext: unknown;
  readonly env: { name: string; value?: string; valueFrom?: unknown }[];
}

function containersOf(value: unknown): Container[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) =>
    key === 'containers' || key === 'initContainers' ? (inner as Container[]) : containersOf(inner),
  );
}

describe('the checkers', () => {
  it('find unknown fields, wrong types, what is missing, and kinds they do not know', async () => {
    const [deployment] = renderObjects(await deployPlan(), 'kubernetes').filter(({ kind }) => kind === 'Deployment');
    for (const { check } of checkers) {
      expect(check(deployment!)).toEqual([]);
      expect(check({ ...deployment, spec: { ...(deployment as { spec?: object }).spec, replica: 1 } })).toHaveLength(1);
      expect(check({ ...deployment, spec: { ...(deployment as { spec?: object }).spec, replicas: '1' } })).toHaveLength(
        1,
      );
      expect(check({ ...deployment, spec: { template: {} } })).toHaveLength(1);
      expect(check({ apiVersion: 'v1', kind: 'Unknown' })).toEqual(['v1 Unknown is not known']);
    }
  });
});
