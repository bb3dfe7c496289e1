import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { lockRef } from '../../src/versions/github-lock.ts';
import { parseState } from '../../src/versions/github-lock-state.ts';
import { aimctl } from '../integration/engine.ts';
import { startGitHubServer } from '../lib/github-server.ts';
import { testClient } from '../lib/oci-client.ts';
import { startFakeRegistry } from '../lib/oci-fake-registry.ts';
import { pushBase, writeModels } from '../lib/push-fixtures.ts';

it('a workflow that is cancelled while it writes tags lets the lock go', async () => {
  const home = mkdtempSync(join(tmpdir(), 'aimctl-cancelled-'));
  const models = writeModels(1);
  const github = await startGitHubServer();
  let interrupt: (signal: NodeJS.Signals) => void = () => undefined;
  const fake = await startFakeRegistry({
    fault: ({ method, target }) => {
      if (method !== 'PUT' || !target.endsWith('/manifests/0.9.0')) return undefined;
      interrupt('SIGINT');
      return { kind: 'stall' };
    },
  });
  const client = testClient();
  await pushBase(client, `${fake.host}/org/aim-base:0.9`, 2);
  const { refs, commits } = github.repository();
  const run = await aimctl(
    ['push', '--all', '--profiles', models.profiles, '--registry', `${fake.host}/org`, '--tag', '0.9.0', '--verbose'],
    {
      env: {
        ...{ HOME: home, SOURCE_DATE_EPOCH: '1750000000', GITHUB_ACTIONS: 'true', GITHUB_REPOSITORY: 'acme/aim' },
        ...{ GITHUB_TOKEN: github.token, GITHUB_API_URL: github.url, GITHUB_SHA: refs.get('refs/heads/main') ?? '' },
      },
      onStderr: (_, kill) => (interrupt = kill),
    },
  );
  expect(run.status, run.stderr).toBe(130);
  expect(run.stderr).not.toContain('was not let go');
  const { message = '' } = commits.get(refs.get(lockRef(`${fake.host}/org`)) ?? '') ?? {};
  expect(parseState(message)).toMatchObject({ token: null, expiresAtMs: 0 });
  client.close();
  await Promise.all([fake.stop(), github.stop()]);
  for (const folder of [home, models.folder]) rmSync(folder, { recursive: true });
});
