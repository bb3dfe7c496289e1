import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { failure } from '../../src/exit-codes.ts';
import { createDockerBuilder } from '../../src/images/docker-builder.ts';
import { planModelImage } from '../../src/images/plan.ts';
import { createFakeEngine, imageOf, type FakeEngine } from '../fakes/engine.ts';

const folder = mkdtempSync(join(tmpdir(), 'builder-'));
afterAll(() => rmSync(folder, { recursive: true }));
const source = join(folder, 'p.yaml');
writeFileSync(source, 'profile: text\n');

const BASE = 'aim-base:0.9';
const DIGEST = `sha256:${'d'.repeat(64)}`;
const plan = planModelImage({
  version: '0.9.0',
  aimId: 'acme/Tiny',
  base: BASE,
  naming: { registry: undefined, tag: undefined, scheme: 'semver' },
  stamp: { createdAt: 0, revision: 'abc' },
  metadata: {},
  profiles: [{ name: 'p.yaml', source }],
});
const template = '@base@\n@labels@\n@env@\n@files@\n';

function build(engine: FakeEngine, localOnly = false, signal = new AbortController().signal) {
  const options = { templates: { base: template, model: template }, localOnly: () => localOnly };
  return createDockerBuilder(engine, options).build(plan, { noCache: false, signal, onEvent: () => undefined });
}

describe('the Docker builder', () => {
  it('sends only the planned files, reports only its own layers and tags last', async () => {
    let sent = '';
    const engine = createFakeEngine(
      { [BASE]: imageOf('sha256:base', { repoDigests: [`aim-base@${DIGEST}`] }) },
      {
        build: (context, _, { images }) => {
          sent = context.toString('latin1');
          return imageOf('sha256:new', { layers: [...images.get(BASE)!.layers, 'sha256:ours'] });
        },
      },
    );
    const result = await build(engine);
    expect(result).toMatchObject({
      reference: 'aim-acme-tiny:0.9.0',
      id: 'sha256:new',
      base: BASE,
      layers: ['sha256:ours'],
    });
    expect(result.labels['org.opencontainers.image.base.digest']).toBe(DIGEST);
    expect(sent).toContain(`org.opencontainers.image.base.digest="${DIGEST}"`);
    expect(sent).toContain('profile: text');
    expect(engine.calls).toEqual(['build', 'tag sha256:new aim-acme-tiny:0.9.0']);
  });

  it('pulls a base image the engine does not have', async () => {
    const engine = createFakeEngine({}, { registry: { [BASE]: imageOf('sha256:base') } });
    await build(engine);
    expect(engine.calls[0]).toBe(`pull ${BASE}`);
  });

  it('does not ask a registry for a base image that is only local, but says how to make it', async () => {
    const engine = createFakeEngine({});
    await expect(build(engine, true)).rejects.toMatchObject({
      code: 'environment',
      hint: expect.stringContaining('build-base') as string,
    });
    expect(engine.calls).toEqual([]);
  });

  it('removes what a failed build left, but nothing that was there before', async () => {
    const old = imageOf('sha256:old', { labels: plan.labels });
    const engine = createFakeEngine(
      { [BASE]: imageOf('sha256:base'), 'sha256:old': old },
      {
        build: (_context, _request, { images }) => {
          images.set('sha256:half', imageOf('sha256:half', { labels: plan.labels }));
          throw failure('environment', { message: 'step 4/4 (ADD) failed: no space', hint: 'h' });
        },
      },
    );
    await expect(build(engine)).rejects.toMatchObject({
      code: 'environment',
      message: 'building aim-acme-tiny:0.9.0 failed: step 4/4 (ADD) failed: no space',
      hint: 'h',
    });
    expect(engine.calls).toEqual(['build', 'remove sha256:half']);
    expect(engine.images.has('sha256:old')).toBe(true);
  });

  it('does not tag an image when interrupted just before', async () => {
    const controller = new AbortController();
    const engine = createFakeEngine(
      { [BASE]: imageOf('sha256:base') },
      {
        build: () => {
          controller.abort();
          return imageOf('sha256:new', { labels: plan.labels });
        },
      },
    );
    await expect(build(engine, false, controller.signal)).rejects.toMatchObject({ code: 'interrupted' });
    expect(engine.calls).toEqual(['build', 'remove sha256:new']);
  });
});
