import type { Profile } from 'aim-runtime/profile';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createFakeDocker, endpointFacts } from '../../test/lib/fake-containers.ts';
import type { Choice } from './choices.ts';
import type { LaunchPlan } from './launch-plan.ts';
import { startContainer, type StartOptions } from './start.ts';

const choice: Choice = {
  profile: { id: 'p', path: '/x/p.yaml', layer: 'general', source: {} } as Profile,
  ...{ precision: 'fp16', gpuModel: 'MI300X', gpus: [], engineArgs: {}, notes: [] },
};
const planOf = (name: string, port: number, gpus = ['renderD128']): LaunchPlan => ({
  ...{ name, choice, gpus: [], facts: endpointFacts({ port, gpus }) },
  plan: { choices: [choice], decisions: [], rejected: [] },
});

function optionsOf(changed: Partial<Omit<StartOptions, 'request'>> = {}, name?: string): StartOptions {
  return {
    request: { cacheDir: '/c', env: {}, port: undefined, name } as StartOptions['request'],
    image: { reference: 'aim:1', kind: 'model' },
    host: {
      findAccess: () => ({ paths: [], groups: [], env: {} }),
      ensureFolder: () => undefined,
      ...{ passedEnv: {}, user: undefined },
    },
    replan: () => Promise.reject(new Error('planned anew')),
    signal: new AbortController().signal,
    onCreated: () => undefined,
    note: () => undefined,
    ...changed,
  };
}

describe('two launches for the same GPU', () => {
  const launchBoth = async (first: number, second: number, startMs: readonly [number, number]) => {
    const docker = createFakeDocker();
    const start = (name: string, port: number, createMs: number, each: number) => {
      const replan = () => Promise.resolve(planOf(`${name}-again`, port, ['renderD129']));
      return startContainer(docker.host({ createMs, startMs: each }), planOf(name, port), optionsOf({ replan }));
    };
    const a = start('a', 8001, first, startMs[0]);
    await sleep(10);
    await Promise.all([a, start('b', 8002, second, startMs[1])]);
    return [...docker.all.values()].map(({ name, state }) => `${name} ${state}`).sort();
  };

  it.each([
    ['made first, listed last', 60, 35, [30, 30]],
    ['made first, listed first', 20, 40, [30, 30]],
    ['started last', 60, 35, [5, 60]],
    ['started first', 60, 35, [60, 5]],
  ] as const)('%s: one of them takes another', async (_, first, second, startMs) => {
    const left = await launchBoth(first, second, startMs);
    expect(left).toHaveLength(2);
    expect(left.filter((each) => each.includes('again'))).toHaveLength(1);
    expect(left.every((each) => each.endsWith('running'))).toBe(true);
  });

  it('compares the times of Docker as numbers', async () => {
    const docker = createFakeDocker();
    const earlier = docker.put('earlier', endpointFacts({ port: 9000 }), 'created');
    // As text, ".5Z" comes after ".500000001Z".
    docker.all.get(earlier.id)!.createdAt = '2026-01-01T00:00:00.5Z';
    const host = docker.host();
    const create: typeof host.create = async (spec) => {
      const id = await host.create(spec);
      docker.all.get(id)!.createdAt = '2026-01-01T00:00:00.500000001Z';
      return id;
    };
    const starting = startContainer({ ...host, create }, planOf('late', 8001), optionsOf());
    await expect(starting).rejects.toThrow('planned anew');
    expect([...docker.all.values()].map(({ name }) => name)).toEqual(['earlier']);
  });
});

describe('a container of somebody else that has the name', () => {
  it('makes the launch choose another name', async () => {
    const docker = createFakeDocker();
    docker.foreignNames.add('a');
    const refused: string[][] = [];
    const replan: StartOptions['replan'] = (_, __, names) => {
      refused.push([...names]);
      return Promise.resolve(planOf('a-2', 8001));
    };
    const { plan } = await startContainer(docker.host(), planOf('a', 8001), optionsOf({ replan }));
    expect(plan.name).toBe('a-2');
    expect(refused).toEqual([['a']]);
  });

  it('is wrong usage when the name was asked for', async () => {
    const docker = createFakeDocker();
    docker.foreignNames.add('mine');
    const starting = startContainer(docker.host(), planOf('mine', 8001), optionsOf({}, 'mine'));
    await expect(starting).rejects.toMatchObject({ code: 'usage', message: 'there is a container mine already' });
  });
});
