import { rmSync, truncateSync, utimesSync, writeFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failure } from '../../src/exit-codes.ts';
import type { BuildEvent, BuildResult } from '../../src/images/builder.ts';
import { createDockerBuilder } from '../../src/images/docker-builder.ts';
import { KIND_LABEL } from '../../src/images/labels.ts';
import type { ImagePlan } from '../../src/images/plan.ts';
import { aimctl, findTestEngine, importImage, readWorkspace, writeCatalog, type TestEngine } from './engine.ts';

const found = await findTestEngine();
const NAMESPACE = `aim-test-${process.pid}`;
const UPSTREAM = `${NAMESPACE}/upstream:1`;
const EPOCH = 1_750_000_000;
const readTemplate = (name: string) =>
  readFileSync(join(import.meta.dirname, `../../../templates/${name}.Dockerfile`), 'utf8');
const NASTY = `It's 100% "quoted", $HOME \${PATH} back\\slash \`tick\` ümlaut # end`;

describe.skipIf(found === undefined)('images built on a Docker Engine', () => {
  // Collected even where it is skipped.
  const { docker, engine } = found ?? ({} as TestEngine);
  const catalog = writeCatalog(NASTY);
  const common = ['--profiles', catalog.profiles, '--registry', NAMESPACE, '--json'];
  const env = { SOURCE_DATE_EPOCH: String(EPOCH) };
  const buildBaseOn = (base: string, ...args: string[]) =>
    aimctl(['build-base', '--base', base, '--runtime', catalog.runtime, ...common, ...args], { env });
  const buildBase = (...args: string[]) => buildBaseOn(UPSTREAM, ...args);
  const buildModel = (...args: string[]) => aimctl(['build-model', 'acme/Tiny-1.0', ...common, ...args], { env });

  beforeAll(async () => {
    await importImage(docker, UPSTREAM, { 'etc/upstream': 'kept\n' });
  });

  afterAll(async () => {
    rmSync(catalog.folder, { recursive: true });
    const images = await docker.listImages();
    const ours = images.flatMap(({ RepoTags }) => RepoTags ?? []).filter((tag) => tag.startsWith(`${NAMESPACE}/`));
    // Newest first: a base image cannot lose its last tag while another is built on it.
    for (const tag of ours.sort((a, b) => Number(b.includes('tiny')) - Number(a.includes('tiny')))) {
      await docker.getImage(tag).remove({ force: true });
    }
  });

  const builtBy = (run: { stdout: string; stderr: string; status: number | null }): BuildResult => {
    expect(run.stderr).not.toContain('Error:');
    expect(run.status).toBe(0);
    return (JSON.parse(run.stdout) as { images: BuildResult[] }).images[0]!;
  };

  it('puts runtime, profiles and schemas into the base image, with the settings of the contract', async () => {
    const result = builtBy(await buildBase());
    expect(result.reference).toMatch(new RegExp(`^${NAMESPACE}/aim-base:\\d+\\.\\d+$`));
    const image = await docker.getImage(result.reference).inspect();
    expect(image.Id).toBe(result.id);
    expect(image.Config.Entrypoint).toEqual(['/workspace/aim-runtime/aim-runtime']);
    expect(image.Config.User).toBe('1000:1000');
    expect(image.Config.WorkingDir).toBe('/workspace');
    expect(image.Config.Env).toEqual(
      expect.arrayContaining([
        'AIM_ALLOW_GENERAL_PROFILE_FALLBACK=true',
        'HF_HOME=/workspace/model-cache',
        'HF_HUB_DISABLE_TELEMETRY=1',
      ]),
    );
    expect(image.Config.Labels).toMatchObject({
      'org.opencontainers.image.description': NASTY,
      'org.opencontainers.image.created': new Date(EPOCH * 1000).toISOString().replace('.000Z', 'Z'),
      'org.opencontainers.image.base.name': UPSTREAM,
      'com.amd.aim.release.notes': 'first line\nsecond line',
    });
    const files = await readWorkspace(docker, result.reference);
    expect(files.get('/workspace/aim-runtime/aim-runtime')).toMatchObject({ mode: 0o755, owner: 0, mtime: EPOCH });
    expect(files.get('/workspace/aim-runtime/profiles/general/vllm-mi300x-fp16-tp1-latency.yaml')).toMatchObject({
      mode: 0o644,
    });
    expect(files.get('/workspace/aim-runtime/profiles/custom')).toMatchObject({
      kind: 'directory',
      mode: 0o755,
      mtime: EPOCH,
    });
    expect(files.get('/workspace/model-cache')).toMatchObject({
      kind: 'directory',
      mode: 0o1777,
      owner: 1000,
      mtime: EPOCH,
    });
    expect([...files.keys()].filter((path) => path.includes('metadata.yaml') || path.includes('/schemas/cli'))).toEqual(
      [],
    );
    expect([...files.values()].every(({ mtime }) => mtime === EPOCH)).toBe(true);
  });

  it("adds a model's profiles to aim-base in one layer", async () => {
    const base = builtBy(await buildBase());
    const result = builtBy(await buildModel());
    expect(result.reference).toMatch(new RegExp(`^${NAMESPACE}/aim-acme-tiny-1-0:\\d+\\.\\d+\\.0$`));
    expect(result.layers).toHaveLength(1);
    const { Config } = await docker.getImage(result.reference).inspect();
    expect(Config.Env).toEqual(
      expect.arrayContaining([
        'AIM_ID=acme/Tiny-1.0',
        `AIM_BASE_IMAGE_REF=${base.reference}`,
        'AIM_ALLOW_GENERAL_PROFILE_FALLBACK=false',
      ]),
    );
    expect(Config.Entrypoint).toEqual(['/workspace/aim-runtime/aim-runtime']);
    const labels = Config.Labels;
    expect(labels).toMatchObject({
      'com.amd.aim.hfToken.required': 'true',
      'com.amd.aim.model.tags': 'chat,tiny',
      'com.amd.aim.release.notes': '',
    });
    const deployments = labels['com.amd.aim.model.recommendedDeployments']!;
    expect(deployments).not.toContain("'");
    expect(JSON.parse(deployments)).toMatchObject([{ gpuModel: 'MI300X', gpuCount: 1, description: "It's quick" }]);
    const files = await readWorkspace(docker, result.reference);
    expect([...files.keys()]).toContain(
      '/workspace/aim-runtime/profiles/acme/Tiny-1.0/vllm-mi300x-fp16-tp1-latency.yaml',
    );
    const listed = JSON.parse((await aimctl(['images', '--json'])).stdout) as {
      images: { reference: string; model: string | null }[];
    };
    expect(listed.images).toContainEqual(
      expect.objectContaining({ reference: result.reference, model: 'acme/Tiny-1.0', base: base.reference }),
    );
  });

  it('gives the same layers when the same files are built again from scratch', async () => {
    const first = builtBy(await buildBase('--no-cache', '--tag', 'first'));
    const now = new Date();
    utimesSync(catalog.runtime, now, now);
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const second = builtBy(await buildBase('--no-cache', '--tag', 'second'));
    expect(second.layers).toEqual(first.layers);
    expect(second.layers.length).toBeGreaterThan(0);
    writeFileSync(catalog.runtime, `${readFileSync(catalog.runtime, 'utf8')}# changed\n`);
    const changed = builtBy(await buildBase('--no-cache', '--tag', 'changed'));
    expect(changed.layers).not.toEqual(first.layers);
  });

  const dangling = async () => {
    const images = await docker.listImages({ filters: JSON.stringify({ label: [KIND_LABEL], dangling: ['true'] }) });
    return images.map(({ Id }) => Id).sort();
  };

  it("gives an engine that takes no partial archive to the engine's own builder, and says so", async () => {
    const { plans } = JSON.parse((await buildBase('--tag', 'classic', '--dry-run')).stdout) as { plans: ImagePlan[] };
    const templates = { base: readTemplate('aim-base'), model: readTemplate('aim-model') };
    const refusal = failure('environment', { message: 'layers are missing' });
    const whole = { ...engine, loadImage: () => Promise.reject(refusal) };
    const events: BuildEvent[] = [];
    const options = {
      noCache: true,
      signal: new AbortController().signal,
      onEvent: (event: BuildEvent) => events.push(event),
    };
    const classic = await createDockerBuilder(whole, { templates, localOnly: () => false }).build(plans[0]!, options);
    const files = await readWorkspace(docker, classic.reference);
    const direct = builtBy(await buildBase('--tag', 'direct'));
    expect(files).toEqual(await readWorkspace(docker, direct.reference));
    expect(events).toContainEqual({ kind: 'notice', text: expect.stringContaining('its own builder') as string });
    const settings = async (reference: string) => {
      const { Env, Labels, Entrypoint, User, WorkingDir, Cmd } = (await docker.getImage(reference).inspect()).Config;
      return {
        // The classic builder adds a PATH where the base has none, as engines do for every container.
        Env: Env.filter((line) => !line.startsWith('PATH=')).toSorted(),
        Labels: { ...Labels, 'org.opencontainers.image.version': '' },
        Entrypoint,
        User,
        WorkingDir,
        Cmd,
      };
    };
    expect(await settings(classic.reference)).toEqual(await settings(direct.reference));
  });

  it('names the step that failed and leaves nothing behind', async () => {
    const before = await dangling();
    const { plans } = JSON.parse((await buildBase('--tag', 'broken', '--dry-run')).stdout) as { plans: ImagePlan[] };
    const template = '@base@\n@labels@\nCOPY missing /\n';
    const refusal = failure('environment', { message: 'layers are missing' });
    const builder = createDockerBuilder(
      { ...engine, loadImage: () => Promise.reject(refusal) },
      {
        templates: { base: template, model: template },
        localOnly: () => false,
      },
    );
    const failed = await builder
      .build(plans[0]!, { noCache: true, signal: new AbortController().signal, onEvent: () => undefined })
      .catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: 'environment' });
    expect((failed as Error).message).toMatch(/aim-base:broken failed: step 3\/\d \(COPY missing \/\) failed: /);
    expect(await dangling()).toEqual(before);
    await expect(docker.getImage(`${NAMESPACE}/aim-base:broken`).inspect()).rejects.toMatchObject({ statusCode: 404 });
  });

  it("reports the registry's answer when the base image cannot be pulled", async () => {
    const run = await buildBaseOn('localhost:1/aim-test/none:1');
    expect(run.status).toBe(5);
    expect(JSON.parse(run.stdout)).toMatchObject({
      error: {
        code: 'remote',
        message: expect.stringContaining('base image localhost:1/aim-test/none:1 not found') as string,
      },
    });
  });

  it('removes what an interrupted build left and exits with 130', async () => {
    const before = await dangling();
    const large = join(catalog.folder, 'large-runtime');
    writeFileSync(large, '');
    truncateSync(large, 400 * 1024 * 1024);
    let interrupted = false;
    const args = [
      'build-base',
      '--base',
      UPSTREAM,
      ...common,
      '--runtime',
      large,
      '--tag',
      'interrupted',
      '--no-cache',
    ];
    const run = await aimctl(args, {
      env,
      onStderr: (text, kill) => {
        if (interrupted || !/loading/.test(text)) return;
        interrupted = true;
        kill('SIGINT');
      },
    });
    expect(interrupted).toBe(true);
    expect(run.status).toBe(130);
    expect(JSON.parse(run.stdout)).toMatchObject({ error: { code: 'interrupted' } });
    expect(await dangling()).toEqual(before);
    await expect(docker.getImage(`${NAMESPACE}/aim-base:interrupted`).inspect()).rejects.toMatchObject({
      statusCode: 404,
    });
    const containers = await docker.listContainers({ all: true });
    expect(containers.filter(({ Image }) => Image.includes(NAMESPACE))).toEqual([]);
  });
});
