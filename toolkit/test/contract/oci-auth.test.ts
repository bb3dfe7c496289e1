import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ConnectOptions } from '../../src/oci/connect.ts';
import { bytesSource } from '../../src/oci/upload.ts';
import { testClient } from '../lib/oci-client.ts';
import { startFakeRegistry, type FakeRegistry, type FakeRegistryOptions } from '../lib/oci-fake-registry.ts';
import { startTokenServer, type TokenServer, type TokenServerOptions } from '../lib/oci-token-server.ts';
import { createVirtualClock } from '../lib/oci-virtual-clock.ts';

const PASSWORD = 'hunter2-hunter2';
const USERS = { alice: PASSWORD };
const blob = bytesSource(Buffer.from('content'));

let home: string;
const cleanups: (() => unknown)[] = [];
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'aimctl-auth-'));
});
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
  rmSync(home, { recursive: true });
});

interface Setup {
  readonly registry?: FakeRegistryOptions;
  readonly tokens?: TokenServerOptions;
  /** `auths` of config.json for the registry. */
  readonly login?: Record<string, string>;
  readonly client?: Partial<ConnectOptions>;
}

async function start({ registry: more = {}, tokens: tokenOptions, login, client: options = {} }: Setup) {
  const tokens = await startTokenServer({ users: USERS, ...tokenOptions });
  const registry = await startFakeRegistry({ intercept: (request) => tokens.protect(request), ...more });
  if (login !== undefined) {
    mkdirSync(join(home, '.docker'));
    writeFileSync(join(home, '.docker/config.json'), JSON.stringify({ auths: { [registry.host]: login } }));
  }
  const client = testClient({ home, ...options });
  cleanups.push(
    () => registry.stop(),
    () => tokens.stop(),
    () => client.close(),
  );
  const named = (name: string) => ({ host: registry.host, name });
  return { registry, tokens, client, named };
}

const basic = (user: string, password: string) => ({ auth: Buffer.from(`${user}:${password}`).toString('base64') });
const scopes = (tokens: TokenServer) => tokens.log.map(({ parameters }) => parameters.getAll('scope'));
const statuses = (registry: FakeRegistry) => registry.log.map(({ status }) => status);

describe('bearer tokens', () => {
  it('are fetched without credentials to pull', async () => {
    const { client, named, registry, tokens } = await start({});
    expect(await client.listTags(named('org/a'))).toEqual([]);
    expect(statuses(registry)).toEqual([401, 404]);
    expect(tokens.log).toMatchObject([{ method: 'GET', authorization: undefined }]);
    expect(scopes(tokens)).toEqual([['repository:org/a:pull']]);
    expect(client.events).toContainEqual({ kind: 'credentials', host: registry.host, source: undefined });
  });

  it('are fetched with the credentials of config.json to push, and the file is named', async () => {
    const { client, named, tokens, registry } = await start({ login: basic('alice', PASSWORD) });
    await client.uploadBlob(named('org/a'), blob);
    expect(tokens.log[0]?.parameters.get('service')).toBe('fake');
    expect(tokens.log[0]?.parameters.get('account')).toBe('alice');
    const source = join(home, '.docker/config.json');
    expect(client.events).toContainEqual({ kind: 'credentials', host: registry.host, source });
    expect(await client.ping(registry.host)).toEqual({ scheme: 'bearer', credentialSource: source });
    expect(JSON.stringify(client.events)).not.toContain(PASSWORD);
  });

  it('serve many requests, and the first challenge serves all', async () => {
    const { client, named, tokens, registry } = await start({ login: basic('alice', PASSWORD) });
    const repository = named('org/a');
    await Promise.all(Array.from({ length: 30 }, () => client.headBlob(repository, blob.digest)));
    await client.listTags(repository);
    expect(tokens.log).toHaveLength(1);
    expect(statuses(registry).filter((status) => status === 401)).toHaveLength(1);
    // Another repository needs another token, but no other challenge.
    await client.listTags(named('org/b'));
    expect(tokens.log).toHaveLength(2);
    expect(statuses(registry).filter((status) => status === 401)).toHaveLength(1);
  });

  it('cover all that is intended with one request', async () => {
    const { client, named, tokens } = await start({ login: basic('alice', PASSWORD) });
    const [base, model] = [named('org/base'), named('org/model')];
    await client.uploadBlob(base, blob);
    const before = tokens.log.length;
    client.intend(model, { push: true, mountFrom: [base] });
    expect(await client.headManifest(model, '1')).toBeUndefined();
    expect(await client.mountBlob(model, base, blob.digest)).toEqual({ outcome: 'mounted' });
    await client.listTags(model);
    expect(scopes(tokens).slice(before)).toEqual([['repository:org/model:pull,push', 'repository:org/base:pull']]);
  });

  it('that were revoked are fetched again, once', async () => {
    const { client, named, tokens, registry } = await start({});
    await client.listTags(named('org/a'));
    tokens.revoke();
    await client.listTags(named('org/a'));
    expect(tokens.log).toHaveLength(2);
    expect(statuses(registry)).toEqual([401, 404, 401, 404]);
  });

  it('are renewed before they run out', async () => {
    const clock = createVirtualClock();
    const tuning = { clock };
    const { client, named, tokens, registry } = await start({ tokens: { expiresInS: 300 }, client: { tuning } });
    await client.listTags(named('org/a'));
    clock.advance(280_000);
    await client.listTags(named('org/a'));
    expect(tokens.log).toHaveLength(1);
    clock.advance(15_000);
    await client.listTags(named('org/a'));
    expect(tokens.log).toHaveLength(2);
    expect(statuses(registry)).toEqual([401, 404, 404, 404]);
  });

  it('are fetched again when the service fails, and its failure is not remembered', async () => {
    const clock = createVirtualClock();
    let failures = 0;
    const intercept = () => (failures++ < 3 ? { status: 503, body: 'busy' } : undefined);
    const { client, named } = await start({ tokens: { intercept }, client: { tuning: { clock } } });
    expect(await client.listTags(named('org/a'))).toEqual([]);
    expect(failures).toBe(4);
    const denied = await start({
      tokens: {
        intercept: ({ parameters }) =>
          parameters.get('scope')?.includes('org/b') && failures++ < 5 ? { status: 403 } : undefined,
      },
    });
    await expect(denied.client.listTags(denied.named('org/b'))).rejects.toMatchObject({ code: 'environment' });
    expect(await denied.client.listTags(denied.named('org/b'))).toEqual([]);
  });

  it('are exchanged for an identity token with a POST', async () => {
    const identityToken = 'identity-token-1';
    const { client, named, tokens } = await start({
      tokens: { identityToken },
      login: { identitytoken: identityToken },
    });
    await client.uploadBlob(named('org/a'), blob);
    expect(tokens.log).toHaveLength(1);
    const [request] = tokens.log;
    expect(request).toMatchObject({ method: 'POST', authorization: undefined });
    expect(Object.fromEntries(request!.parameters)).toEqual({
      grant_type: 'refresh_token',
      client_id: 'aimctl',
      refresh_token: identityToken,
      service: 'fake',
      scope: 'repository:org/a:pull,push',
    });
  });

  it('given for the registry are shown as they are', async () => {
    const seen: (string | undefined)[] = [];
    const intercept: FakeRegistryOptions['intercept'] = ({ headers }) => {
      seen.push(headers['authorization']);
      const challenge = { 'www-authenticate': 'Bearer realm="https://nowhere.example/token"' };
      return headers['authorization'] === 'Bearer mine' ? undefined : { status: 401, headers: challenge };
    };
    const { client, named } = await start({ registry: { intercept }, login: { registrytoken: 'mine' } });
    await client.listTags(named('org/a'));
    expect(seen).toEqual([undefined, 'Bearer mine']);
  });

  it('that do not allow enough are a refusal in the words of the registry', async () => {
    const { client, named, registry } = await start({});
    await expect(client.uploadBlob(named('org/a'), blob)).rejects.toMatchObject({
      code: 'environment',
      message: `cannot push to ${registry.host}/org/a: ${registry.host} answered 401 Unauthorized: DENIED: requested access is denied (no credentials for ${registry.host} were found)`,
      hint: expect.stringContaining(`docker login ${registry.host}`) as string,
    });
    expect(registry.log).toHaveLength(2);
    // What may not be seen is not there.
    const hidden = await start({
      registry: { intercept: (request) => hide(request.headers['authorization'], hidden.tokens) },
    });
    expect(await hidden.client.headManifest(hidden.named('org/a'), '1')).toBeUndefined();
  });

  it('are not given for wrong credentials, and it is said which were tried', async () => {
    const { client, named, tokens } = await start({ login: basic('alice', 'wrong-password') });
    const failed = client.listTags(named('org/a'));
    await expect(failed).rejects.toMatchObject({
      code: 'remote',
      message: expect.stringMatching(/incorrect username or password \(credentials: .*config\.json\)$/) as string,
    });
    await expect(failed).rejects.not.toThrow('wrong-password');
    expect(tokens.log).toHaveLength(1);
  });

  it.each(['{}', 'no json', '{"token": 1}', '{"token": "a\\nb"}', 'null'])('are none in %s', async (body) => {
    const { client, named } = await start({ tokens: { intercept: () => ({ status: 200, body }) } });
    await expect(client.listTags(named('org/a'))).rejects.toThrow(/without a token/);
  });
});

function hide(authorization: string | undefined, tokens: TokenServer) {
  const error = authorization === undefined ? '' : ',error="insufficient_scope"';
  return { status: 401, headers: { 'www-authenticate': `Bearer realm="${tokens.url}"${error}` } };
}

describe('basic authentication', () => {
  const intercept: FakeRegistryOptions['intercept'] = ({ headers }) =>
    headers['authorization'] === `Basic ${basic('alice', PASSWORD).auth}`
      ? undefined
      : { status: 401, headers: { 'www-authenticate': 'Basic realm="Registry"' }, body: 'no' };

  it('is used where the registry asks for it', async () => {
    const { client, named, registry } = await start({ registry: { intercept }, login: basic('alice', PASSWORD) });
    await client.uploadBlob(named('org/a'), blob);
    expect(statuses(registry)).toEqual([401, 202, 201]);
  });

  it('is not tried twice with the same wrong password, nor without one', async () => {
    const wrong = await start({ registry: { intercept }, login: basic('alice', 'wrong') });
    await expect(wrong.client.listTags(wrong.named('a'))).rejects.toMatchObject({ code: 'remote' });
    expect(wrong.registry.log).toHaveLength(2);
    rmSync(join(home, '.docker'), { recursive: true });
    const none = await start({ registry: { intercept } });
    await expect(none.client.listTags(none.named('a'))).rejects.toMatchObject({ code: 'environment' });
    expect(none.registry.log).toHaveLength(1);
  });
});

describe('credential helpers', () => {
  const script = (name: string, body: string) => {
    const file = join(home, `docker-credential-${name}`);
    writeFileSync(file, `#!/bin/sh\n${body}\n`);
    chmodSync(file, 0o755);
  };
  const withHelper = async (helper: string) => {
    mkdirSync(join(home, '.docker'), { recursive: true });
    writeFileSync(join(home, '.docker/config.json'), JSON.stringify({ credsStore: helper }));
    return start({ client: { env: { PATH: `${home}:${process.env['PATH']}` } } });
  };

  it('are asked by name of the registry', async () => {
    script(
      'test',
      `read -r server; echo "$server" > "${home}/asked"; echo '{"Username":"alice","Secret":"${PASSWORD}"}'`,
    );
    const { client, named, registry } = await withHelper('test');
    await client.uploadBlob(named('org/a'), blob);
    const { credentialSource } = await client.ping(registry.host);
    expect(credentialSource).toBe(`docker-credential-test (named in ${join(home, '.docker/config.json')})`);
  });

  it.each([
    ['is not there', undefined, /cannot be run/],
    ['fails', 'echo broken keychain; exit 3', /broken keychain/],
    ['does not answer in JSON', 'echo hunter2', /not valid JSON/],
  ])('one that %s is passed over with a word', async (_, body, problem) => {
    if (body !== undefined) script('test', body);
    const { client, named } = await withHelper('test');
    expect(await client.listTags(named('org/a'))).toEqual([]);
    const problems = client.events.flatMap((event) => (event.kind === 'problem' ? [event.text] : []));
    expect(problems).toEqual([expect.stringMatching(problem)]);
    expect(problems.join()).not.toContain('hunter2');
  });

  it('one that knows nothing is passed over in silence', async () => {
    script('test', 'echo credentials not found in native keychain; exit 1');
    const { client, named } = await withHelper('test');
    expect(await client.listTags(named('org/a'))).toEqual([]);
    expect(client.events.filter(({ kind }) => kind === 'problem')).toEqual([]);
  });
});
