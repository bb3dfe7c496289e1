import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import type { ContainerEngine } from '../../src/docker/engine.ts';
import { failure } from '../../src/exit-codes.ts';
import type { BuildEvent, BuildOptions } from '../../src/images/builder.ts';
import { createDockerBuilder } from '../../src/images/docker-builder.ts';
import { createLoadBuilder } from '../../src/images/load-builder.ts';
import { planModelImage } from '../../src/images/plan.ts';
import { computeDigest } from '../../src/oci/digest.ts';
import type { Registry } from '../../src/oci/registry.ts';
import { createFakeEngine, imageOf } from '../fakes/engine.ts';

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
  layoutVersion: '1',
  stamp: { createdAt: 0, revision: 'abc' },
  metadata: {},
  profiles: [{ name: 'p.yaml', source }],
});
const template = '@base@\n@labels@\n@env@\n@files@\n';

interface ArchiveEntry {
  readonly Config: string;
  readonly Layers: readonly string[];
}

function untar(archive: Buffer): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  for (let at = 0; archive[at] !== 0;) {
    const name = archive.toString('latin1', at, archive.indexOf(0, at));
    const sizeBytes = Number.parseInt(archive.toString('latin1', at + 124, at + 135), 8);
    files.set(name, archive.subarray(at + 512, at + 512 + sizeBytes));
    at += 512 + Math.ceil(sizeBytes / 512) * 512;
  }
  return files;
}

const QUIET = { noCache: false, signal: new AbortController().signal, onEvent: () => undefined };

function build(engine: ContainerEngine, localOnly = false, run: Partial<BuildOptions> = {}) {
  const options = { templates: { base: template, model: template }, localOnly: () => localOnly };
  return createDockerBuilder(engine, options).build(plan, { ...QUIET, ...run });
}

/** Builds, and returns what the user was told besides the result. */
async function noticesOf(engine: ContainerEngine, run: Partial<BuildOptions> = {}) {
  const notices: string[] = [];
  const onEvent = (event: BuildEvent) => {
    if (event.kind === 'notice') notices.push(event.text);
  };
  const [outcome] = await Promise.allSettled([build(engine, false, { ...run, onEvent })]);
  return { outcome, notices };
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

  it('gives the engine the finished layer where it takes one, and then builds nothing', async () => {
    const engine = createFakeEngine(
      { [BASE]: imageOf('sha256:base', { repoDigests: [`aim-base@${DIGEST}`] }) },
      {
        load: (archive, { images }) => {
          const files = untar(archive);
          const { Config, Layers } = (JSON.parse(files.get('manifest.json')!.toString()) as ArchiveEntry[])[0]!;
          const bytes = files.get(Config)!;
          const { rootfs } = JSON.parse(bytes.toString()) as { rootfs: { diff_ids: string[] } };
          const tar = gunzipSync(files.get(Layers.at(-1)!)!);
          expect([...files.keys()]).toEqual(['manifest.json', Config, Layers.at(-1)]);
          expect(computeDigest(tar)).toBe(rootfs.diff_ids.at(-1));
          const id = computeDigest(bytes);
          images.set(id, imageOf(id, { layers: rootfs.diff_ids }));
        },
      },
    );
    const result = await build(engine);
    expect(engine.calls).toEqual(['load', `tag ${result.id} aim-acme-tiny:0.9.0`]);
    expect(result.layers).toHaveLength(1);
    expect(result.labels['org.opencontainers.image.base.digest']).toBe(DIGEST);
    expect(result.movedBytes).toBeLessThan(10_000);
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

  /** An engine that is interrupted by the end of a build. */
  const interruptedBuild = () => {
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
    return { controller, engine };
  };

  it('does not tag an image when interrupted just before', async () => {
    const { controller, engine } = interruptedBuild();
    await expect(build(engine, false, { signal: controller.signal })).rejects.toMatchObject({ code: 'interrupted' });
    expect(engine.calls).toEqual(['build', 'remove sha256:new']);
  });

  it('says what went wrong although cleaning up after it fails too', async () => {
    const { controller, engine } = interruptedBuild();
    const listImages = (...args: Parameters<ContainerEngine['listImages']>) =>
      controller.signal.aborted
        ? Promise.reject(failure('environment', { message: 'connect ENOENT' }))
        : engine.listImages(...args);
    const { outcome, notices } = await noticesOf({ ...engine, listImages }, { signal: controller.signal });
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'interrupted' } });
    expect(notices.at(-1)).toMatch(/untagged images of aim-acme-tiny:0\.9\.0 may be left on fake: connect ENOENT/);
  });

  it("says in the engine's own words why it did not take the finished layer", async () => {
    const { outcome, notices } = await noticesOf(createFakeEngine({ [BASE]: imageOf('sha256:base') }));
    expect(outcome.status).toBe('fulfilled');
    expect(notices).toEqual([expect.stringMatching(/did not take .*\(layers are missing\): its own builder/)]);
  });

  it('builds nothing when the connection broke: that says nothing of the archive', async () => {
    const engine = createFakeEngine({ [BASE]: imageOf('sha256:base') });
    const cause = Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
    const loadImage = () => Promise.reject(failure('environment', { message: 'did not load the image', cause }));
    await expect(build({ ...engine, loadImage })).rejects.toMatchObject({ message: 'did not load the image' });
    expect(engine.calls).toEqual([]);
  });
});

describe('the base on an engine', () => {
  const registry = {} as Registry;
  const assemble = () => Promise.reject(new Error('the whole image was asked for'));
  const load = (engine: ContainerEngine, run: Partial<BuildOptions>) =>
    createLoadBuilder(engine, { registry, assemble }).build(plan, { ...QUIET, ...run });

  it.each([
    ['building', (engine: ContainerEngine, run: Partial<BuildOptions>) => build(engine, false, run)],
    ['loading', load],
  ])('has to be for the platform that was asked for: %s', async (_name, make) => {
    const engine = createFakeEngine({ [BASE]: imageOf('sha256:base') });
    const wanted = make(engine, { platform: { os: 'linux', architecture: 'arm64' } });
    await expect(wanted).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringMatching(/is for linux\/amd64, not for linux\/arm64/) as string,
    });
    expect(engine.calls).toEqual([]);
  });

  it('is pulled for that platform', async () => {
    const engine = createFakeEngine({}, { registry: { [BASE]: imageOf('sha256:base') } });
    const platforms: unknown[] = [];
    const pullImage: ContainerEngine['pullImage'] = (reference, options) => {
      platforms.push(options.platform);
      return engine.pullImage(reference, options);
    };
    await build({ ...engine, pullImage }, false, { platform: { os: 'linux', architecture: 'amd64' } });
    expect(platforms).toEqual(['linux/amd64']);
  });

  it('that does for the platform is built on', async () => {
    const engine = createFakeEngine({ [BASE]: imageOf('sha256:base') });
    await build(engine, false, { platform: { os: 'linux', architecture: 'amd64' } });
    expect(engine.calls[0]).toBe('build');
  });
});
