import { rmSync, writeFileSync } from 'node:fs';
import { testClient } from '../../toolkit/test/lib/oci-client.ts';
import { pushBase, renderProfile, writeModels } from '../../toolkit/test/lib/push-fixtures.ts';
import { startCountingProxy } from './counting-proxy.ts';
import { aimctl, seconds, type Figure } from './registry-run.ts';

const MODELS = 50;
const LAYERS = 60;
const DELAY_MS = 30;

/**
 * A fleet of models on one base: pushed for the first time, again, and after every profile changed. A given tag
 * that is no version is written as it is. The next version costs the list of tags for each image, and for each that is
 * written a look at the tag before and after.
 */
export async function benchFleet(registry: string): Promise<Figure[]> {
  const proxy = await startCountingProxy(registry, DELAY_MS);
  const models = writeModels(MODELS);
  const client = testClient();
  const figures: Figure[] = [];
  try {
    await pushBase(client, `${registry}/fleet/aim-base:0.9`, LAYERS);
    const flags = ['--all', '--profiles', models.profiles, '--registry', `${proxy.host}/fleet`];
    const base = ['--base', `${proxy.host}/fleet/aim-base:0.9`];
    const run = async (what: string, target: string, command: readonly string[]) => {
      proxy.take();
      const elapsedMs = await aimctl(...command, ...flags, ...base);
      const { requests, sentBytes, kinds } = proxy.take();
      figures.push({ what: `${what}: requests`, value: String(requests), target });
      figures.push({ what: `${what}: time, start of the program included`, value: seconds(elapsedMs), target: '' });
      figures.push({ what: `${what}: bytes sent per image`, value: (sentBytes / MODELS).toFixed(0), target: '' });
      figures.push({ what: `${what}: kinds`, value: '', target: JSON.stringify(kinds) });
    };
    const push = ['build-model', '--push'];
    const given = [...push, '--tag', 'test-1'];
    const change = (value: number) => {
      for (let index = 0; index < MODELS; index++) writeFileSync(models.profileOf(index), renderProfile(index, value));
    };
    await run('new repositories', `at most ${MODELS * (LAYERS + 7) + 2}; no base byte`, given);
    await run('nothing changed', 'at most 52, 1 s', given);
    change(2);
    await run('all profiles changed', 'at most 302, 2 s', given);
    change(3);
    await run('all profiles changed, next tags', `at most ${MODELS * 9 + 2}`, push);
    await run('nothing changed, next tags', `at most ${MODELS * 2 + 2}`, push);
    await run('plan, nothing changed', `at most ${MODELS * 2 + 2}, 2 s`, ['plan']);
  } finally {
    client.close();
    await proxy.stop();
    rmSync(models.folder, { recursive: true });
  }
  return figures;
}
