import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Credential } from './credential.ts';
import { createCredentialFinder, serverName, type CredentialSources } from './credentials.ts';

const ECR = '123456789012.dkr.ecr.eu-central-1.amazonaws.com';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'aimctl-credentials-'));
});
afterEach(() => rmSync(home, { recursive: true }));

const write = (path: string, content: object | string) => {
  const file = join(home, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
};
const login = (user: string) => ({ auth: Buffer.from(`${user}:pass:word`).toString('base64') });

interface Found {
  readonly credential: Credential | undefined;
  readonly asked: string[];
  readonly problems: string[];
}

/** A finder of somebody with the home folder of this test and nothing else. */
function finderOf(sources: Pick<CredentialSources, 'askHelper' | 'onProblem'> & Partial<CredentialSources>) {
  return createCredentialFinder({ env: {}, home, uid: undefined, hasProgram: () => false, ...sources });
}

async function find(host: string, name = 'org/a', sources: Partial<CredentialSources> = {}): Promise<Found> {
  const asked: string[] = [];
  const problems: string[] = [];
  const finder = finderOf({
    askHelper: (helper, server) => {
      asked.push(`${helper} ${server}`);
      return Promise.resolve(helper === 'knows' ? { username: 'h', secret: 's' } : undefined);
    },
    onProblem: (text) => problems.push(text),
    ...sources,
  });
  return { credential: await finder({ host, name }), asked, problems };
}

describe("docker's config.json", () => {
  it.each([
    ['ghcr.io', 'ghcr.io'],
    ['https://ghcr.io', 'ghcr.io'],
    ['https://ghcr.io/v2/', 'ghcr.io'],
    ['http://localhost:5000/', 'localhost:5000'],
    ['https://index.docker.io/v1/', 'docker.io'],
    ['docker.io', 'docker.io'],
    ['registry-1.docker.io', 'docker.io'],
  ])('%s is for %s', async (key, host) => {
    const source = write('.docker/config.json', { auths: { [key]: login('alice') } });
    const { credential } = await find(host);
    expect(credential).toEqual({ kind: 'password', username: 'alice', password: 'pass:word', source });
    expect((await find(`not.${host}`)).credential).toBeUndefined();
  });

  it('asks the helper of the registry, else the general one, else looks itself', async () => {
    write('.docker/config.json', {
      auths: { 'ghcr.io': login('alice') },
      credHelpers: { 'ghcr.io': 'ignorant' },
      credsStore: 'knows',
    });
    const own = await find('ghcr.io');
    expect(own.asked).toEqual(['ignorant ghcr.io']);
    expect(own.credential).toMatchObject({ username: 'alice' });
    const general = await find('docker.io');
    expect(general.asked).toEqual(['knows https://index.docker.io/v1/']);
    expect(general.credential).toMatchObject({
      username: 'h',
      source: expect.stringContaining('docker-credential-knows') as string,
    });
  });

  it('never runs a helper whose name is a path', async () => {
    write('.docker/config.json', { credsStore: '../../tmp/evil' });
    expect((await find('ghcr.io')).asked).toEqual([]);
  });

  it('knows tokens, and entries that hold nothing', async () => {
    write('.docker/config.json', {
      auths: { a: { identitytoken: 't', ...login('x') }, b: { registrytoken: 'r' }, c: {}, d: { auth: '' }, e: null },
    });
    const kinds = await Promise.all(['a', 'b', 'c', 'd', 'e'].map(async (host) => (await find(host)).credential?.kind));
    expect(kinds).toEqual(['identity-token', 'registry-token', undefined, undefined, undefined]);
  });

  it('is found where DOCKER_CONFIG says', async () => {
    const source = write('elsewhere/config.json', { auths: { 'ghcr.io': login('alice') } });
    const env = { DOCKER_CONFIG: join(home, 'elsewhere') };
    expect((await find('ghcr.io', 'a', { env })).credential?.source).toBe(source);
  });

  it('that is broken is passed over with a word that does not quote it', async () => {
    const file = write('.docker/config.json', '{"auths": {"ghcr.io": {"auth": "c2VjcmV0OnNlY3JldA"');
    const { credential, problems } = await find('ghcr.io', 'a', { env: { GITHUB_TOKEN: 'ghs' } });
    expect(credential?.source).toBe('GITHUB_TOKEN');
    expect(problems).toEqual([`${file} is not used: it is not valid JSON`]);
  });
});

describe('many repositories of one registry', () => {
  const names = ['org/a', 'org/b', 'org/c'];

  it('ask a helper once', async () => {
    write('.docker/config.json', { credsStore: 'knows' });
    const asked: string[] = [];
    const finder = finderOf({
      askHelper: (helper, server) => {
        asked.push(`${helper} ${server}`);
        return Promise.resolve({ username: 'h', secret: server });
      },
      onProblem: (text) => expect.unreachable(text),
    });
    const hosts = ['ghcr.io', 'quay.io'];
    const repositories = hosts.flatMap((host) => names.map((name) => ({ host, name })));
    const found = await Promise.all(repositories.map(finder));
    expect(found.map((one) => one?.kind === 'password' && one.password)).toEqual(repositories.map(({ host }) => host));
    expect(asked).toEqual(['knows ghcr.io', 'knows quay.io']);
  });

  it('tell of what cannot be used once', async () => {
    write('.docker/config.json', { credsStore: 'broken' });
    write('.config/containers/auth.json', '{');
    const problems: string[] = [];
    let asked = 0;
    const finder = finderOf({
      askHelper: (helper, server) => {
        asked += 1;
        return Promise.reject(new Error(`${helper} has no answer for ${server}`));
      },
      onProblem: (text) => problems.push(text),
    });
    for (const name of names) expect(await finder({ host: 'ghcr.io', name })).toBeUndefined();
    expect(asked).toBe(1);
    expect(problems).toEqual(['broken has no answer for ghcr.io', expect.stringContaining('auth.json') as string]);
  });
});

describe('the order of the sources', () => {
  it('is: the user, docker, podman, the token of GitHub', async () => {
    const explicit = { host: 'ghcr.io', username: 'u', password: 'p' };
    const env = { GITHUB_TOKEN: 'ghs_token', GITHUB_ACTOR: 'bot' };
    const sourceOf = async (more: Partial<CredentialSources> = {}) =>
      (await find('ghcr.io', 'a', { env, ...more })).credential?.source;
    expect((await find('ghcr.io', 'a', { env })).credential).toMatchObject({ username: 'bot', password: 'ghs_token' });
    const podman = write('.config/containers/auth.json', { auths: { 'ghcr.io': login('podman') } });
    expect(await sourceOf()).toBe(podman);
    const docker = write('.docker/config.json', { auths: { 'ghcr.io': login('docker') } });
    expect(await sourceOf()).toBe(docker);
    expect(await sourceOf({ explicit })).toBe('the command line');
    expect(await sourceOf({ explicit: { ...explicit, host: 'quay.io' } })).toBe(docker);
  });

  it('keeps the token of GitHub for GitHub', async () => {
    const env = { GITHUB_TOKEN: 'ghs_token' };
    for (const host of ['docker.io', 'ghcr.io.evil.example', 'quay.io'])
      expect((await find(host, 'a', { env })).credential).toBeUndefined();
  });
});

describe("podman's auth.json", () => {
  it('may be for a part of a registry', async () => {
    write('.config/containers/auth.json', {
      auths: { 'quay.io': login('all'), 'quay.io/org': login('org'), 'quay.io/org/a': login('one') },
    });
    const names = ['org/a', 'org/b', 'organisation/a', 'org/a/b'];
    const users = await Promise.all(names.map(async (name) => (await find('quay.io', name)).credential));
    expect(users.map((credential) => credential?.kind === 'password' && credential.username)).toEqual([
      'one',
      'org',
      'all',
      'one',
    ]);
  });

  it('is looked for in three places', async () => {
    const config = write('.config/containers/auth.json', { auths: { h: login('config') } });
    const uid = 1234;
    expect((await find('h', 'a', { uid })).credential?.source).toBe(config);
    const runtime = write('run/containers/auth.json', { auths: { h: login('runtime') } });
    const env = { XDG_RUNTIME_DIR: join(home, 'run') };
    expect((await find('h', 'a', { env })).credential?.source).toBe(runtime);
    const named = write('mine.json', { auths: { h: login('named') } });
    expect((await find('h', 'a', { env: { ...env, REGISTRY_AUTH_FILE: named } })).credential?.source).toBe(named);
  });
});

describe("ECR's helper", () => {
  const there: Partial<CredentialSources> = {
    hasProgram: (name) => name === 'docker-credential-ecr-login',
    askHelper: (helper) => Promise.resolve({ username: 'AWS', secret: helper }),
  };
  it.each([ECR, ECR.replace('amazonaws.com', 'amazonaws.com.cn'), 'public.ecr.aws'])(
    'is asked for %s',
    async (host) => {
      expect((await find(host, 'a', there)).credential).toMatchObject({
        username: 'AWS',
        password: 'ecr-login',
        source: 'docker-credential-ecr-login',
      });
      expect((await find(host)).credential).toBeUndefined();
    },
  );

  it.each(['ghcr.io', `${ECR}.evil.example`, 'ecr.aws'])('is not asked for %s', async (host) => {
    expect((await find(host, 'a', there)).credential).toBeUndefined();
  });

  it('says by its user name that it gives an identity token', async () => {
    const askHelper = () => Promise.resolve({ username: '<token>', secret: 't' });
    expect((await find(ECR, 'a', { ...there, askHelper })).credential).toMatchObject({
      kind: 'identity-token',
      token: 't',
    });
  });
});

it('Docker Hub has a name of its own', () => {
  expect(serverName('docker.io')).toBe('https://index.docker.io/v1/');
  expect(serverName('ghcr.io')).toBe('ghcr.io');
});
