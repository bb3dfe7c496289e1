import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aimctl, type Run } from '../integration/engine.ts';
import { pushImages } from '../lib/attest-setup.ts';
import { checkedJson } from '../lib/aimctl.ts';
import { testClient } from '../lib/oci-client.ts';
import { startFakeRegistry, type FakeRegistry } from '../lib/oci-fake-registry.ts';
import { writeModels } from '../lib/push-fixtures.ts';
import { startSigstoreServer, type SigstoreServer } from '../lib/sigstore-server/server.ts';

const WORKFLOW = 'org/aim/.github/workflows/images.yml@refs/heads/main';
const PASSPHRASE = 'correct horse battery';
const models = writeModels(4);
const scratch = mkdtempSync(join(tmpdir(), 'aimctl-attest-cli-'));
const file = (name: string) => join(scratch, name);

describe('aimctl attest and verify', () => {
  let registry: FakeRegistry;
  let sigstore: SigstoreServer;
  let images: string[] = [];
  beforeAll(async () => {
    registry = await startFakeRegistry();
    sigstore = await startSigstoreServer(WORKFLOW);
    const client = testClient();
    images = await pushImages(client, models, `${registry.host}/org`);
    client.close();
    const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'ignore' });
    for (const name of ['aim', 'other']) {
      const cipher = ['-aes-256-cbc', '-pass', `pass:${PASSPHRASE}`];
      openssl(
        'genpkey',
        '-algorithm',
        'EC',
        '-pkeyopt',
        'ec_paramgen_curve:P-256',
        ...cipher,
        '-out',
        file(`${name}.key`),
      );
      openssl(
        'pkey',
        '-in',
        file(`${name}.key`),
        '-passin',
        `pass:${PASSPHRASE}`,
        '-pubout',
        '-out',
        file(`${name}.pub`),
      );
    }
    openssl('genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-384', '-out', file('wrong-curve.key'));
    writeFileSync(file('trusted_root.json'), JSON.stringify(sigstore.trustedRoot));
  });
  afterAll(async () => {
    await Promise.all([registry.stop(), sigstore.stop()]);
    for (const folder of [models.folder, scratch]) rmSync(folder, { recursive: true });
  });

  // The images name a commit that is in no repository: they are not made again here.
  const run = (args: string[], env: Record<string, string> = {}): Promise<Run> => aimctl(args, { env });
  const verify = (image: string, ...args: string[]) => run(['verify', image, '--no-rebuild', '--json', ...args]);

  it('sign with an encrypted key, once, and check against its public part', async () => {
    const attest = () =>
      run(['attest', images[0]!, '--sign-key', file('aim.key'), '--json'], { AIMCTL_SIGN_PASSPHRASE: PASSPHRASE });
    const first = await attest();
    expect(checkedJson('attest', first)).toMatchObject({ images: [{ provenance: { action: 'attached' } }] });
    expect(checkedJson('attest', await attest())).toMatchObject({ images: [{ provenance: { action: 'present' } }] });
    expect(`${first.stdout}${first.stderr}`).not.toContain(PASSPHRASE);

    const own = await verify(images[0]!, '--key', file('aim.pub'));
    expect(own.status).toBe(0);
    const { images: attested } = checkedJson('attest', first) as { images: { sbom: { digest: string } }[] };
    // One name for one thing: by it the document can be fetched.
    const sbom = { state: 'valid', digest: attested[0]!.sbom.digest };
    expect(checkedJson('verify', own)).toMatchObject({
      verified: true,
      images: [{ rebuiltDigest: null, attestations: { sbom } }],
    });
    const foreign = await verify(images[0]!, '--key', file('other.pub'));
    expect(foreign.status).toBe(3);
    expect(checkedJson('verify', foreign)).toMatchObject({
      verified: false,
      images: [{ attestations: { signature: { state: 'invalid' } } }],
    });
  });

  it('tell what they would attach, and attach nothing', async () => {
    const dry = async (image: string) => {
      const told = await run(['attest', image, '--dry-run', '--json']);
      expect(told.status, told.stderr).toBe(0);
      return checkedJson('attest', told);
    };
    const writes = () => registry.summary().filter((line) => !/^(?:GET|HEAD)/.test(line)).length;
    const before = writes();
    const pending = { action: 'pending', digest: null };
    expect(await dry(images[3]!)).toMatchObject({ images: [{ sbom: pending, provenance: pending, signer: null }] });
    expect(await dry(images[0]!)).toMatchObject({ images: [{ sbom: { action: 'present' }, provenance: pending }] });
    expect(writes()).toBe(before);
    expect((await run(['attest', images[3]!, '--dry-run'])).stdout).toContain('SBOM: pending\n');
    await run(['attest', images[3]!]);
    const present = { action: 'present', digest: expect.stringMatching(/^sha256:/) as string };
    expect(await dry(images[3]!)).toMatchObject({ images: [{ sbom: present, provenance: present }] });
  });

  it('sign with the identity of a job, and check against it', async () => {
    const urls = ['--fulcio-url', sigstore.url, '--rekor-url', sigstore.url];
    const signed = await run(['attest', images[1]!, '--json', ...urls], { ...sigstore.env });
    expect(checkedJson('attest', signed)).toMatchObject({
      images: [{ signer: `https://github.example.com/${WORKFLOW}` }],
    });
    const trust = [
      '--trusted-root',
      file('trusted_root.json'),
      '--certificate-oidc-issuer',
      'https://token.example.com',
    ];
    const identity = `https://github.example.com/${WORKFLOW}`;
    expect((await verify(images[1]!, ...trust, '--certificate-identity', identity)).status).toBe(0);
    expect((await verify(images[1]!, ...trust, '--certificate-identity', `${identity}2`)).status).toBe(3);
    expect((await verify(images[1]!, '--key', file('aim.pub'))).status).toBe(3);
  });

  it('say plainly what is not there', async () => {
    const bare = await run(['verify', images[2]!, '--no-rebuild']);
    expect(bare.status).toBe(0);
    for (const part of ['signature', 'provenance', 'SBOM']) expect(bare.stdout).toContain(`${part}: not there`);
    expect((await verify(images[2]!, '--key', file('aim.pub'))).status).toBe(3);
    const unsigned = await run(['attest', images[2]!]);
    expect(unsigned.stdout).toContain('not signed');
    expect((await run(['verify', images[2]!, '--no-rebuild'])).stdout).toContain('provenance: valid');
  });

  it.each([
    ['no passphrase', ['attest', 'IMAGE', '--sign-key', 'aim.key'], 4, 'AIMCTL_SIGN_PASSPHRASE'],
    ['a missing key', ['attest', 'IMAGE', '--sign-key', 'none.key'], 4, 'none.key'],
    ['another curve', ['attest', 'IMAGE', '--sign-key', 'wrong-curve.key'], 2, 'ECDSA P-256'],
    ['a key and an identity', ['attest', 'IMAGE', '--sign-key', 'aim.key', '--keyless'], 2, 'exclude'],
    ['an identity outside of a job', ['attest', 'IMAGE', '--keyless'], 4, 'id-token'],
    ['a base that is not ours', ['attest', 'BASE'], 2, 'no image that aimctl made'],
    ['a tag that is not there', ['attest', 'IMAGE-GONE'], 5, 'gone'],
    ['a private key as the public one', ['verify', 'IMAGE', '--no-rebuild', '--key', 'aim.key'], 2, 'private key'],
    ['no key at all', ['verify', 'IMAGE', '--no-rebuild', '--key', 'trusted_root.json'], 2, 'no public key'],
    [
      'an identity without a root',
      ['verify', 'IMAGE', '--no-rebuild', '--certificate-identity', 'x'],
      2,
      'trusted-root',
    ],
    [
      'a root that is none',
      ['verify', 'IMAGE', '--no-rebuild', '--certificate-identity', 'x', '--trusted-root', 'aim.pub'],
      2,
      'no trusted root',
    ],
  ])('refuse %s', async (_, words, status, message) => {
    const places: Record<string, string> = {
      IMAGE: images[0]!,
      BASE: `${registry.host}/org/aim-base:0.9`,
      'IMAGE-GONE': `${registry.host}/org/aim-acme-model-0:gone`,
    };
    const args = words.map(
      (word) => places[word] ?? (existsSync(file(word)) || word.endsWith('.key') ? file(word) : word),
    );
    const { status: found, stderr, stdout } = await run(args);
    expect([found, stdout]).toEqual([status, '']);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('BEGIN');
  });
});
