/**
 * `npm run bench:release` measures a release of 50 models, its rerun, and its rollback against Debian's docker-registry
 * behind a proxy that delays each request by 30 ms.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { startRealRegistry } from '../toolkit/test/lib/oci-real-registry.ts';
import { testClient } from '../toolkit/test/lib/oci-client.ts';
import { pushBase, renderProfile, writeModels } from '../toolkit/test/lib/push-fixtures.ts';
import { startCountingProxy } from './lib/counting-proxy.ts';
import { aimctl, seconds } from './lib/registry-run.ts';

const MODELS = 50;
const LAYERS = 60;
const DELAY_MS = 30;

const registry = await startRealRegistry();
const proxy = await startCountingProxy(registry.host, DELAY_MS);
const models = writeModels(MODELS);
const client = testClient();
try {
  await pushBase(client, `${registry.host}/fleet/aim-base:0.9`, LAYERS);
  const where = ['--registry', `${proxy.host}/fleet`, '--yes'];
  const measure = async (what: string, target: string, ...args: string[]) => {
    proxy.take();
    const elapsedMs = await aimctl(...args);
    const { requests } = proxy.take();
    console.log(
      `${what.padEnd(58)} ${String(requests).padStart(6)} requests ${seconds(elapsedMs).padStart(9)}   ${target}`,
    );
  };
  const release = ['release', '--all', '--profiles', models.profiles, ...where, '--no-keyless', '--allow-dirty'];
  await measure('first release', '', ...release);
  await measure('its rerun: nothing to do', 'at most 4 per image and 6', ...release);
  for (let index = 0; index < MODELS; index++) writeFileSync(models.profileOf(index), renderProfile(index, 2));
  await measure('second release: every profile changed', '', ...release);
  const back = ['rollback', ...where];
  await measure('rollback of 50 images', 'under 5 s', ...back);
  await measure('rollback again: nothing to do', '', ...back);
} finally {
  client.close();
  await proxy.stop();
  await registry.stop();
  rmSync(models.folder, { recursive: true });
}
