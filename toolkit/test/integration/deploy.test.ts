import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planCommands } from '../../src/deploy/docker.ts';
import { planLocal } from '../../src/deploy/local-options.ts';
import { deployPlan } from '../lib/deploy-plans.ts';
import { renderFiles } from '../../src/deploy/render.ts';
import { bytesSource } from '../../src/oci/upload.ts';
import { aimctl } from '../lib/aimctl.ts';
import { testClient } from '../lib/oci-client.ts';
import { findRegistryProgram, startRealRegistry, type RunningRegistry } from '../lib/oci-real-registry.ts';
import { findTestEngine, importImage } from './engine.ts';

const MODEL = 'meta-llama/Llama-3.1-8B-Instruct';
const engine = await findTestEngine();
const hasDocker = engine !== undefined && spawnSync('docker', ['version']).status === 0;
const hasCompose = hasDocker && spawnSync('docker', ['compose', 'version']).status === 0;
const hasRegistry = await findRegistryProgram();
const folder = mkdtempSync(join(tmpdir(), 'aimctl-deploy-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe.skipIf(!hasRegistry)('deploy --pin', () => {
  let registry: RunningRegistry;
  beforeAll(async () => {
    registry = await startRealRegistry();
  });
  afterAll(() => registry.stop());

  it('names the image by the digest that its registry knows', async () => {
    const client = testClient();
    const repository = { host: registry.host, name: 'org/aim-meta-llama-llama-3-1-8b-instruct' };
    const config = bytesSource(Buffer.from('{}'));
    await client.uploadBlob(repository, config);
    const mediaType = 'application/vnd.oci.image.manifest.v1+json';
    const configType = 'application/vnd.oci.image.config.v1+json';
    const bytes = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType,
        config: { mediaType: configType, digest: config.digest, size: config.sizeBytes },
        layers: [],
      }),
    );
    const stored = await client.putManifest(repository, '0.9.0', { bytes, mediaType });
    client.close();
    if (stored.outcome !== 'stored') throw new Error(stored.message);
    const args = ['deploy', MODEL, '--target', 'kubernetes', '--pin', '--registry', `${registry.host}/org`];
    expect(aimctl(args).stdout).toContain(`image: ${registry.host}/${repository.name}:0.9.0@${stored.digest}`);
    const other = aimctl(['deploy', 'Qwen/Qwen3-32B', ...args.slice(2)]);
    expect(other).toMatchObject({ status: 5, stderr: expect.stringContaining('there is no') as string });
  });
});

describe.skipIf(!hasDocker)('the script for docker', () => {
  it.each(['pvc', 'preload', 'ephemeral'] as const)(
    'has options that the engine takes, with --cache %s',
    async (cache) => {
      const image = 'aimctl-test-deploy:1';
      await importImage(engine!.docker, image, { 'bin/none': '' });
      const name = `aimctl-test-deploy-${process.pid}-${cache}`;
      const plan = { ...(await deployPlan({ target: 'docker', cache, name: 'x', env: { ODD: "it's $HOME" } })), name };
      const { preload, run } = planCommands({ ...plan, image: { reference: image, kind: 'model' } }, planLocal(plan));
      const created: string[] = [];
      try {
        for (const argv of preload === undefined ? [run] : [preload, run]) {
          // Made and not started: there is no GPU, and nothing to run.
          const options = argv.slice(2).filter((word) => word !== '--detach' && word !== '--rm');
          created.push(
            execFileSync('docker', ['create', ...options, ...(argv === run ? ['/none'] : [])], {
              encoding: 'utf8',
            }).trim(),
          );
        }
        const details = await engine!.docker.getContainer(created.at(-1)!).inspect();
        expect(details.HostConfig).toMatchObject({
          ReadonlyRootfs: true,
          CapDrop: ['ALL'],
          GroupAdd: ['44', '109'],
          ShmSize: plan.sizes.sharedMemoryBytes,
          Memory: plan.sizes.memoryLimitBytes,
          RestartPolicy: { Name: 'unless-stopped' },
        });
        expect(details.Config).toMatchObject({ User: '1000:1000', Image: image });
        expect(details.Config.Env).toEqual(expect.arrayContaining(["ODD=it's $HOME", 'AIM_PORT=8000']));
        const mount = details.Mounts.find(({ Destination }) => Destination === '/workspace/model-cache');
        expect(mount).toMatchObject({ Type: 'volume', RW: cache !== 'preload' });
      } finally {
        for (const id of created) execFileSync('docker', ['rm', '--force', '--volumes', id]);
        spawnSync('docker', ['volume', 'rm', `${name}-models`]);
        spawnSync('docker', ['rmi', image]);
      }
    },
  );
});

describe.skipIf(!hasCompose)('the compose file', () => {
  it.each(['pvc', 'preload', 'hostpath', 'ephemeral'] as const)('is accepted with --cache %s', async (cache) => {
    const plan = await deployPlan({ target: 'compose', cache, env: { ODD: '$HOME "$' } });
    for (const { path, text } of renderFiles(plan, '0.9.0')) writeFileSync(join(folder, path), text);
    const argv = ['compose', '--file', join(folder, 'compose.yaml'), 'config', '--format', 'json'];
    const config = JSON.parse(execFileSync('docker', argv, { encoding: 'utf8' })) as {
      services: { server: { environment: Record<string, string> } };
    };
    // What `config` prints is a compose file again: a dollar sign is written twice.
    expect(config.services.server.environment['ODD']?.replaceAll('$$', '$')).toBe('$HOME "$');
  });
});
