import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BuildResult } from '../../src/images/builder.ts';
import { parseManifest } from '../../src/oci/manifest.ts';
import { parseReference } from '../../src/oci/reference.ts';
import type { Registry } from '../../src/oci/registry.ts';
import { testClient } from '../lib/oci-client.ts';
import { findRegistryProgram, startRealRegistry, type RunningRegistry } from '../lib/oci-real-registry.ts';
import { pushBase, renderProfile, sha256, writeModels } from '../lib/push-fixtures.ts';
import { aimctl, AIMCTL, findTestEngine, readWorkspace, type Run, type TestEngine } from './engine.ts';

const found = await findTestEngine();
const canRun = found !== undefined && (await findRegistryProgram());
const LAYERS = 6;
const PROFILE = '/workspace/aim-runtime/profiles/acme/Model-0/vllm-mi300x-fp16-tp1-latency.yaml';

describe.skipIf(!canRun)('images made without an engine', () => {
  const { docker } = found ?? ({} as TestEngine);
  const models = writeModels(2);
  const scratch = mkdtempSync(join(tmpdir(), 'aimctl-registry-test-'));
  let registry: RunningRegistry;
  let client: Registry;
  let namespace = '';
  let base = '';

  beforeAll(async () => {
    registry = await startRealRegistry();
    client = testClient();
    namespace = `${registry.host}/org`;
    base = `${namespace}/aim-base:0.9`;
    await pushBase(client, base, LAYERS);
  });
  afterAll(async () => {
    const images = await docker.listImages();
    const ours = images.flatMap(({ RepoTags }) => RepoTags ?? []).filter((tag) => tag.startsWith(registry.host));
    for (const tag of ours.sort((a, b) => Number(b.includes('model')) - Number(a.includes('model'))))
      await docker.getImage(tag).remove({ force: true });
    client.close();
    await registry.stop();
    for (const folder of [models.folder, scratch]) rmSync(folder, { recursive: true });
  });

  const run = (...args: string[]) =>
    aimctl([...args, '--profiles', models.profiles, '--json'], { env: { SOURCE_DATE_EPOCH: '1750000000' } });
  const build = (...args: string[]) => run('build-model', 'acme/Model-0', '--registry', namespace, ...args);
  const resultOf = ({ status, stdout, stderr }: Run): BuildResult => {
    expect(stderr).not.toContain('"error"');
    expect(status, stdout).toBe(0);
    return (JSON.parse(stdout) as { images: BuildResult[] }).images[0]!;
  };
  const removeFromEngine = async (reference: string) => {
    await docker.getImage(reference).remove({ force: true });
  };
  const pull = (reference: string) => spawnSync('docker', ['pull', '--quiet', reference], { encoding: 'utf8' });

  it('are pulled by a real engine, with the settings and files that were planned', async () => {
    const pushed = resultOf(await build('--push'));
    expect(pushed.action).toBe('pushed');
    expect(pull(pushed.reference).status).toBe(0);
    const image = await docker.getImage(pushed.reference).inspect();
    expect(image.Id).toBe(pushed.id);
    expect(image.RepoDigests).toContain(`${pushed.reference.replace(/:[^:/]*$/, '')}@${pushed.digest ?? ''}`);
    expect(image.RootFS.Layers?.slice(LAYERS)).toEqual(pushed.layers);
    expect(image.Config.Env).toEqual(expect.arrayContaining(['PATH=/bin', 'AIM_ID=acme/Model-0']));
    expect(image.Config.Labels).toMatchObject({ theirs: 'kept', 'com.amd.aim.image.layoutVersion': '1' });
    const files = await readWorkspace(docker, pushed.reference);
    expect(files.get(PROFILE)).toMatchObject({
      content: renderProfile(0, 1),
      mode: 0o644,
      owner: 0,
      mtime: 1_750_000_000,
    });
    expect(resultOf(await build('--push')).action).toBe('unchanged');
  });

  it('have the same layer whichever builder made them', async () => {
    const pushed = resultOf(await build('--push', '--tag', 'by-registry'));
    expect(pull(base).status).toBe(0);
    const built = resultOf(await build('--builder', 'docker', '--tag', 'by-docker'));
    const loaded = resultOf(await build('--load', '--tag', 'by-load'));
    const file = join(scratch, 'same.tar');
    const written = resultOf(await build('--output', `docker-archive:${file}`, '--tag', 'by-layout'));
    expect(built.layers).toEqual(pushed.layers);
    expect(loaded.layers).toEqual(pushed.layers);
    expect(written.layers).toEqual(pushed.layers);
    for (const { reference } of [built, loaded])
      expect((await docker.getImage(reference).inspect()).RootFS.Layers?.slice(LAYERS)).toEqual(pushed.layers);
  });

  it('are loaded with a few kilobytes where the engine has the base, and whole, saying so, where it has not', async () => {
    expect(pull(base).status).toBe(0);
    const small = resultOf(await build('--load', '--tag', 'small'));
    expect(small).toMatchObject({ action: 'loaded' });
    expect(small.movedBytes).toBeLessThanOrEqual(65_536);
    const other = `${namespace}/other-base:1`;
    await pushBase(client, other, LAYERS + 1);
    const whole = await build('--load', '--tag', 'whole', '--base', other);
    expect(whole.stderr).toContain('loading the whole image');
    const files = await readWorkspace(docker, resultOf(whole).reference);
    expect(files.get(PROFILE)?.content).toBe(renderProfile(0, 1));
  });

  it('are written as an archive that docker load takes', async () => {
    const file = join(scratch, 'image.tar');
    const written = resultOf(await build('--output', `docker-archive:${file}`, '--tag', 'archived'));
    expect(spawnSync('docker', ['load', '--input', file], { encoding: 'utf8' }).stdout).toContain(written.reference);
    expect((await docker.getImage(written.reference).inspect()).Id).toBe(written.id);
    await removeFromEngine(written.reference);
  });

  it('are written as an OCI layout, several images with what they share once', async () => {
    const folder = join(scratch, 'layout');
    const made = await run(
      'build-model',
      '--all',
      '--registry',
      namespace,
      '--output',
      `oci:${folder}`,
      '--tag',
      'laid',
    );
    expect(made.status).toBe(0);
    const index = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as { manifests: { digest: string }[] };
    expect(index.manifests).toHaveLength(2);
    const blobs = readdirSync(join(folder, 'blobs/sha256'));
    expect(blobs).toHaveLength(LAYERS + 2 * 3);
    for (const name of blobs) expect(sha256(readFileSync(join(folder, 'blobs/sha256', name)))).toBe(name);
    const again = await run(
      'build-model',
      '--all',
      '--registry',
      namespace,
      '--output',
      `oci:${folder}`,
      '--tag',
      'laid',
    );
    expect((JSON.parse(again.stdout) as { images: BuildResult[] }).images.map(({ movedBytes }) => movedBytes)).toEqual([
      0, 0,
    ]);
  });

  it('leave nothing when the disk is full', () => {
    const target = join(scratch, 'full.tar');
    const args = `build-model acme/Model-0 --registry ${namespace} --profiles ${models.profiles} --json --output`;
    // A limit for the size of files stands for a disk without room; shells count it in half kilobytes.
    const line = `trap '' XFSZ; ulimit -f 8; exec ${process.execPath} ${AIMCTL} ${args} docker-archive:${target}`;
    const { status, stdout } = spawnSync('sh', ['-c', line], { encoding: 'utf8' });
    expect(JSON.parse(stdout)).toMatchObject({
      error: { code: 'disk', message: expect.stringContaining(target) as string },
    });
    expect(status).toBe(5);
    expect(readdirSync(scratch).filter((name) => name.startsWith('full'))).toEqual([]);
    const folder = join(scratch, 'full-layout');
    const layout = `trap '' XFSZ; ulimit -f 4; exec ${process.execPath} ${AIMCTL} ${args} oci:${folder}`;
    expect(spawnSync('sh', ['-c', layout]).status).toBe(5);
    expect(existsSync(folder)).toBe(false);
  });

  it('choose the platform that was asked for', async () => {
    const index = `${namespace}/multi:1`;
    const single = await client.getManifest(parseReference(base));
    const reference = parseReference(index);
    const parsed = parseManifest(single, base);
    const layers = parsed.kind === 'manifest' ? [parsed.manifest.config, ...parsed.manifest.layers] : [];
    for (const { digest } of layers) await client.mountBlob(reference, parseReference(base), digest);
    await client.putManifest(reference, single.digest, single);
    const entry = { mediaType: single.mediaType, digest: single.digest, size: single.bytes.length };
    const manifests = [{ ...entry, platform: { os: 'linux', architecture: 'amd64' } }];
    const mediaType = 'application/vnd.oci.image.index.v1+json';
    await client.putManifest(reference, '1', {
      bytes: Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests })),
      mediaType,
    });
    expect(resultOf(await build('--push', '--base', index, '--tag', 'multi')).action).toBe('pushed');
    const arm = await build('--push', '--base', index, '--tag', 'arm', '--platform', 'linux/arm64');
    expect(JSON.parse(arm.stdout)).toMatchObject({
      error: { code: 'usage', hint: expect.stringContaining('linux/amd64') as string },
    });
  });

  it('are verified against the files they were made of, and what differs is named', async () => {
    const { reference } = resultOf(await build('--push', '--tag', 'verify'));
    const good = await run('verify', reference);
    expect(JSON.parse(good.stdout)).toMatchObject({ verified: true });
    expect(good.status).toBe(0);
    writeFileSync(models.profileOf(0), renderProfile(0, 7));
    const bad = await run('verify', reference);
    writeFileSync(models.profileOf(0), renderProfile(0, 1));
    expect(bad.status).toBe(3);
    expect(JSON.parse(bad.stdout)).toMatchObject({
      verified: false,
      images: [{ differences: [{ part: 'profiles', details: ['changed vllm-mi300x-fp16-tp1-latency.yaml'] }] }],
    });
  });

  it('come from a base image that was made the same way', async () => {
    const runtime = join(scratch, 'aim-runtime');
    writeFileSync(runtime, '#!/bin/sh\nexit 0\n');
    const upstream = `${namespace}/upstream:1`;
    await pushBase(client, upstream, 2);
    const args = ['--base', upstream, '--runtime', runtime, '--registry', `${registry.host}/own`, '--push', '--json'];
    const made = resultOf(await aimctl(['build-base', ...args], { env: { SOURCE_DATE_EPOCH: '1750000000' } }));
    expect(pull(made.reference).status).toBe(0);
    const image = await docker.getImage(made.reference).inspect();
    expect(image.Config).toMatchObject({
      Entrypoint: ['/workspace/aim-runtime/aim-runtime'],
      User: '1000:1000',
      WorkingDir: '/workspace',
    });
    expect(image.Config.Cmd).toBeFalsy();
    const model = resultOf(await run('build-model', 'acme/Model-1', '--registry', `${registry.host}/own`, '--push'));
    expect(model.base).toBe(made.reference);
  });

  it('are examined by doctor in at most four requests for each repository', async () => {
    const report = await run('doctor', '--all', '--registry', namespace);
    const { ok, checks } = JSON.parse(report.stdout) as { ok: boolean; checks: { name: string; status: string }[] };
    expect(ok).toBe(true);
    expect(checks.filter(({ name }) => name === 'mount').map(({ status }) => status)).toEqual(['ok', 'ok']);
  });

  it('show bytes no compressor has touched', async () => {
    const pushed = resultOf(await build('--push', '--tag', 'bytes'));
    const stored = await client.getManifest(parseReference(pushed.reference));
    const parsed = parseManifest(stored, pushed.reference);
    const layer = parsed.kind === 'manifest' ? parsed.manifest.layers.at(-1) : undefined;
    const blob = await client.getBlob(parseReference(pushed.reference), layer?.digest ?? '');
    expect(`sha256:${sha256(gunzipSync(blob))}`).toBe(pushed.layers[0]);
    expect(blob.includes(Buffer.from('tensor-parallel-size: 1'))).toBe(true);
  });
});
