import { describe, expect, it } from 'vitest';
import { failure } from '../exit-codes.ts';
import { buildAll } from './build-all.ts';
import type { BuildResult, ImageBuilder } from './builder.ts';
import { planModelImage } from './plan.ts';

const plans = ['a/one', 'a/two', 'a/three'].map((aimId) =>
  planModelImage({
    version: '0.9.0',
    base: 'b',
    naming: { registry: undefined, tag: undefined, scheme: 'semver' },
    layoutVersion: '1',
    stamp: { createdAt: 0, revision: '' },
    metadata: {},
    aimId,
    profiles: [],
  }),
);
const resultOf = (reference: string): BuildResult => ({
  reference,
  action: 'built',
  id: 'sha256:0',
  base: 'b',
  layers: [],
  sizeBytes: 0,
  movedBytes: 0,
  labels: {},
});
const options = (signal = new AbortController().signal) => ({
  concurrency: 2,
  forPlan: () => ({ noCache: false, signal, onEvent: () => undefined }),
  onBuilt: () => undefined,
  onFailed: () => undefined,
});

describe('buildAll', () => {
  it('keeps the order of the plans and never runs more than allowed at once', async () => {
    let running = 0;
    let most = 0;
    const builder: ImageBuilder = {
      build: async ({ reference }) => {
        most = Math.max(most, ++running);
        await new Promise(setImmediate);
        running--;
        return resultOf(reference);
      },
    };
    const results = await buildAll(builder, plans, options());
    expect(results.map(({ reference }) => reference)).toEqual(plans.map(({ reference }) => reference));
    expect(most).toBe(2);
  });

  it('goes on after a failure and reports all of them at the end', async () => {
    const built: string[] = [];
    const builder: ImageBuilder = {
      build: ({ aimId, reference }) => {
        if (aimId === 'a/two') return Promise.reject(failure('remote', { message: 'two is broken', hint: 'mend it' }));
        built.push(reference);
        return Promise.resolve(resultOf(reference));
      },
    };
    await expect(buildAll(builder, plans, options())).rejects.toMatchObject({
      code: 'remote',
      message: '1 of 3 images could not be built',
      hint: 'mend it',
      details: ['aim-a-two:0.9.0: two is broken'],
    });
    expect(built).toHaveLength(2);
  });

  it('starts nothing more once interrupted', async () => {
    const controller = new AbortController();
    let started = 0;
    const builder: ImageBuilder = {
      build: () => {
        started++;
        controller.abort();
        return Promise.reject(failure('interrupted', { message: 'interrupted' }));
      },
    };
    const run = buildAll(builder, plans, { ...options(controller.signal), concurrency: 1 });
    await expect(run).rejects.toMatchObject({ code: 'interrupted' });
    expect(started).toBe(1);
  });
});
