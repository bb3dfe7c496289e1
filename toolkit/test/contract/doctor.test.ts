import { describe, expect, it } from 'vitest';
import { EXIT_CODES } from '../../src/exit-codes.ts';
import { checkRepositories, type Check } from '../../src/images/doctor.ts';
import { parseReference } from '../../src/oci/reference.ts';
import { aimctl } from '../integration/engine.ts';
import { checkedJson } from '../lib/aimctl.ts';
import type { FakeRegistryOptions } from '../lib/oci-fake-registry.ts';
import { problem } from '../lib/oci-fake-store.ts';
import { MODELS, PLATFORM, setUpPushes, tagsOf } from '../lib/push-setup.ts';

const { models, start } = setUpPushes();

describe('without an engine', () => {
  const nowhere = 'unix:///nonexistent.sock';
  const doctor = async (...args: string[]) => {
    const run = await aimctl(['doctor', '--json', ...args], { env: { DOCKER_HOST: nowhere } });
    const { ok, checks } = checkedJson('doctor', run) as { ok: boolean; checks: Check[] };
    return { status: run.status, ok, engine: checks.find(({ name }) => name === 'docker')?.status };
  };

  it('nothing can be built: that is a failure', async () => {
    expect(await doctor()).toEqual({ status: EXIT_CODES['check-failed'], ok: false, engine: 'failed' });
  });

  it('images can still be pushed: beside a registry it is a warning, unless the engine was named', async () => {
    const { fake } = await start();
    const registry = ['--profiles', models.profiles, '--registry', `${fake.host}/org`];
    expect(await doctor(...registry)).toEqual({ status: 0, ok: true, engine: 'warning' });
    const named = await doctor(...registry, '--host', nowhere);
    expect(named).toEqual({ status: EXIT_CODES['check-failed'], ok: false, engine: 'failed' });
  });
});

describe('doctor', () => {
  const examine = async (options: FakeRegistryOptions) => {
    const { fake, plans, client, requests } = await start(options);
    const repositories = plans.map(({ reference }) => parseReference(reference));
    const request = { repositories, base: plans[0]!.base, platform: PLATFORM };
    const checks = await checkRepositories(client(), request);
    const byName = (name: Check['name']) => checks.filter((check) => check.name === name).map(({ status }) => status);
    return { fake, checks, byName, made: requests() };
  };

  it.each([{ mounts: true }, { mounts: false }])(
    'needs four requests at most for a repository: %j',
    async (options) => {
      const { fake, byName, made } = await examine(options);
      expect(made.length).toBeLessThanOrEqual(4 * MODELS + 2);
      expect(byName('push')).toEqual(Array(MODELS).fill('ok'));
      expect(byName('mount')).toEqual(Array(MODELS).fill(options.mounts ? 'ok' : 'failed'));
      expect(fake.store.uploads.size).toBe(0);
      expect([...tagsOf(fake).keys()]).toEqual(['org/aim-base:0.9']);
    },
  );

  it('says which repository may not be pushed to, in the words of the registry', async () => {
    const denied = problem(403, 'DENIED', 'permission_denied: write_package');
    const { checks, byName } = await examine({
      referrers: false,
      intercept: ({ method, url }) => (method === 'POST' && url.pathname.includes('model-2/') ? denied : undefined),
    });
    expect(byName('push')).toEqual(['ok', 'ok', 'failed', 'ok']);
    expect(byName('referrers')).toEqual(Array(MODELS).fill('warning'));
    expect(checks.find(({ status }) => status === 'failed')?.text).toContain('permission_denied: write_package');
  });
});
