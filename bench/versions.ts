/**
 * `npm run bench:versions` measures planning the next tags of 50 models whose repositories have 200 tags each, against
 * Debian's docker-registry behind a proxy that delays each request by 30 ms.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { mapLimited } from '../toolkit/src/images/map-limited.ts';
import { modelRepository } from '../toolkit/src/images/names.ts';
import type { Registry } from '../toolkit/src/oci/registry.ts';
import { testClient } from '../toolkit/test/lib/oci-client.ts';
import { startRealRegistry } from '../toolkit/test/lib/oci-real-registry.ts';
import { pushBase, renderProfile, writeModels } from '../toolkit/test/lib/push-fixtures.ts';
import { startCountingProxy } from './lib/counting-proxy.ts';
import { aimctl, seconds, timedAimctl } from './lib/registry-run.ts';

const MODELS = 50;
const TAGS = 200;
const LAYERS = 60;
const DELAY_MS = 30;
const LIMIT_MS = 2_000;
const EVENTS = {
  'push to a branch': ['--ref', 'refs/heads/feature/x'],
  'pull request': ['--ref', 'refs/heads/feature/x', '--base-ref', 'main'],
  'release branch': ['--ref', 'refs/heads/release/0.9', '--base-ref', 'main'],
  'at a keyboard': [],
};

/** What collects in a repository: released versions, candidates, previews, older lines and tags of other kinds. */
function tagOf(index: number): string {
  const forms = [
    `0.9.${index}`,
    `0.9.${TAGS}-rc${index + 1}`,
    `0.9.${TAGS}-preview.${index + 2}`,
    `0.8.${index}`,
    `sha-${index.toString(16)}`,
  ];
  return forms[index % forms.length] ?? '';
}

async function addTags(client: Registry, host: string): Promise<void> {
  const names = Array.from({ length: MODELS }, (_, index) => `fleet/${modelRepository(`acme/Model-${index}`)}`);
  await mapLimited(names, MODELS, async (name) => {
    const stored = await client.findManifest({ host, name }, '0.9.0');
    if (stored === undefined) throw new Error(`${name} has no 0.9.0`);
    for (let index = 1; index < TAGS; index++) await client.putManifest({ host, name }, tagOf(index), stored);
  });
}

const registry = await startRealRegistry();
const proxy = await startCountingProxy(registry.host, DELAY_MS);
const models = writeModels(MODELS);
const client = testClient();
let isMissed = false;
const print = (what: string, value: string, target: string) =>
  console.log(`${what.padEnd(58)} ${value.padStart(14)}   ${target}`);
try {
  await pushBase(client, `${registry.host}/fleet/aim-base:0.9`, LAYERS);
  const flags = ['--all', '--profiles', models.profiles, '--registry', `${proxy.host}/fleet`];
  await aimctl('build-model', '--push', ...flags, '--base', `${proxy.host}/fleet/aim-base:0.9`);
  await addTags(client, registry.host);
  for (let index = 0; index < MODELS; index += 2) writeFileSync(models.profileOf(index), renderProfile(index, 2));
  for (const [event, given] of Object.entries(EVENTS)) {
    proxy.take();
    const { elapsedMs, stdout } = await timedAimctl('plan', ...flags, ...given, '--json');
    const { requests, kinds } = proxy.take();
    const { images } = JSON.parse(stdout) as { images: { version: string }[] };
    const versions = [...new Set(images.map(({ version }) => version))].join(', ');
    // Two for the base, and one for its tags where it need not be the official one.
    const mostRequests = 2 * MODELS + 3;
    print(`${event}: requests (${versions})`, String(requests), `at most ${mostRequests} ${JSON.stringify(kinds)}`);
    print(`${event}: time, start of the program included`, seconds(elapsedMs), 'under 2 s');
    isMissed ||= requests > mostRequests || elapsedMs > LIMIT_MS;
  }
} finally {
  client.close();
  await proxy.stop();
  await registry.stop();
  rmSync(models.folder, { recursive: true });
}
process.exitCode = isMissed ? 1 : 0;
