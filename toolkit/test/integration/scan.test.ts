import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureUpstreamImage } from '../../../demo/upstream-image.ts';
import { readHost } from '../../../scripts/host.ts';
import { connectContainers } from '../../src/docker/docker-containers.ts';
import { findEndpoints } from '../../src/docker/endpoint.ts';
import { createContainerScanner } from '../../src/scan/container-scanner.ts';
import { parseGrypeReport } from '../../src/scan/grype-report.ts';
import type { Scanner } from '../../src/scan/scanner.ts';
import { REPOSITORY } from '../lib/aimctl.ts';
import { findTestEngine } from './engine.ts';

const found = await findTestEngine();
const IMAGE = `aimctl-test-scanner:${randomUUID()}`;
const LOGIN = { kind: 'password', username: 'somebody', password: 'pass:word', source: 'test' } as const;
/** Answers as Grype does, and says in its report what it was given. */
const PROGRAM = `#!/bin/sh
echo 'a warning on the other stream' >&2
case "$1" in *gone*) echo 'could not find image' >&2; exit 1;; esac
login=$(cat "$DOCKER_CONFIG/config.json" 2>/dev/null | base64 -w0)
socket=$([ -S /var/run/docker.sock ] && echo socket)
printf '{"matches": [\\n],\\n "descriptor": {"version": "%s|%s|%s"}}\\n' "$1" "$login" "$socket"
`;

describe.skipIf(found === undefined)('the scanner in a container', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'aimctl-scanner-'));
  let upstream = '';
  let scanner: Scanner;
  beforeAll(async () => {
    upstream = await ensureUpstreamImage(readHost(process.env), join(REPOSITORY, 'demo/engine-simulator'));
    writeFileSync(join(scratch, 'grype'), PROGRAM, { mode: 0o755 });
    writeFileSync(join(scratch, 'Dockerfile'), `FROM ${upstream}\nCOPY grype /grype\n`);
    const built = spawnSync('docker', ['build', '--quiet', '--tag', IMAGE, scratch], { encoding: 'utf8' });
    expect(built.status, built.stderr).toBe(0);
    const sources = { host: undefined, env: process.env, home: homedir(), uid: process.getuid?.() };
    scanner = createContainerScanner({
      scanner: { name: 'grype', version: '1', image: IMAGE, entrypoint: '/grype' },
      containers: await connectContainers(findEndpoints(sources)),
      engine: found!.engine,
      ensureImage: () => Promise.resolve(),
      findCredential: ({ host }) => Promise.resolve(host === 'registry.example.com' ? LOGIN : undefined),
      signal: new AbortController().signal,
    });
  });
  afterAll(() => {
    rmSync(scratch, { recursive: true });
    spawnSync('docker', ['rmi', '--force', IMAGE]);
  });

  const given = async (image: string) => (parseGrypeReport(await scanner.scan(image)).version ?? '').split('|');
  const containers = () =>
    spawnSync('docker', ['ps', '--all', '--quiet', '--filter', 'label=com.amd.aim.scan'], { encoding: 'utf8' }).stdout;

  it('reads an image of a registry with the credentials of that registry alone, and without the engine', async () => {
    const [target, login = '', socket] = await given('registry.example.com/org/aim-base:1');
    expect([target, socket]).toEqual(['registry:registry.example.com/org/aim-base:1', '']);
    const auth = Buffer.from('somebody:pass:word').toString('base64');
    expect(JSON.parse(Buffer.from(login, 'base64').toString())).toEqual({
      auths: { 'registry.example.com': { auth } },
    });
    expect(await given('registry.example.org/org/aim-base:1')).toEqual([
      'registry:registry.example.org/org/aim-base:1',
      '',
      '',
    ]);
  });

  it('reads an image of the engine through the engine, and leaves no container', async () => {
    expect(await given(IMAGE)).toEqual([`docker:${IMAGE}`, '', 'socket']);
    expect(containers()).toBe('');
  });

  it('says what the scanner said when it fails, and leaves no container', async () => {
    await expect(scanner.scan('registry.example.com/org/gone:1')).rejects.toMatchObject({
      code: 'environment',
      details: expect.arrayContaining(['could not find image']) as string[],
    });
    expect(containers()).toBe('');
  });
});
