import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXIT_CODES } from '../../src/exit-codes.ts';
import { AIMCTL } from '../integration/engine.ts';
import { startLogEngine, type LogEngine } from '../lib/log-engine.ts';
import { testClient } from '../lib/oci-client.ts';
import { startFakeRegistry } from '../lib/oci-fake-registry.ts';
import { pushBase, writeModels } from '../lib/push-fixtures.ts';

let engine: LogEngine;
beforeAll(async () => {
  engine = await startLogEngine();
});
afterAll(() => engine[Symbol.asyncDispose]());

/** Runs a command line of a shell in which `$AIMCTL` is this program; it may send signals to it. */
function shell(script: string, signal?: AbortSignal) {
  const env = { ...process.env, AIMCTL: `${process.execPath} ${AIMCTL}`, DOCKER_HOST: engine.url, GITHUB_ACTIONS: '' };
  return spawn('bash', ['-o', 'pipefail', '-c', script], { env, ...(signal && { signal }) });
}

async function endOf(child: ReturnType<typeof shell>) {
  const closed = once(child, 'close') as Promise<[number | null]>;
  const [stdout, stderr, [status]] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
  return { status, stdout, stderr };
}

describe('a command that is interrupted', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('ends with 130 although it has nothing to clean up: %s', async (signal) => {
    const child = shell(`exec $AIMCTL logs ${engine.name} --follow`);
    child.stdout.once('data', () => child.kill(signal));
    const { status, stdout } = await endOf(child);
    expect(status).toBe(EXIT_CODES.interrupted);
    expect(stdout).toMatch(/^line 0\n/);
  });

  it.each([
    ['Ctrl-C', '\u0003'],
    ['Ctrl-D', '\u0004'],
  ])('at its question, by %s, has changed nothing', async (_, keys) => {
    const models = writeModels(1);
    const fake = await startFakeRegistry({});
    const client = testClient();
    await pushBase(client, `${fake.host}/org/aim-base:0.9`, 1);
    const push = `push --all --profiles ${models.profiles} --registry ${fake.host}/org --tag 1.0.0`;
    const child = shell(`SOURCE_DATE_EPOCH=1750000000 script -qec "$AIMCTL ${push}" /dev/null`);
    let shown = '';
    child.stdout.on('data', (chunk: Buffer) => {
      const before = shown;
      shown += chunk.toString();
      if (shown.includes('[y/N]') && !before.includes('[y/N]')) child.stdin.write(keys);
    });
    const { status } = await endOf(child);
    expect({ status, shown }).toEqual({
      status: EXIT_CODES.interrupted,
      shown: expect.stringContaining('Error: nothing was changed') as string,
    });
    expect(shown).not.toContain('bug in aimctl');
    client.close();
    await fake.stop();
    rmSync(models.folder, { recursive: true });
  });
});

describe('where nobody reads the output any more', () => {
  it('a command that goes on for ever ends, without a word', async () => {
    const { status, stdout, stderr } = await endOf(shell(`$AIMCTL logs ${engine.name} --follow | head -n 1`));
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: 'line 0\n', stderr: '' });
  });

  it('a failure keeps its exit status', async () => {
    const { status } = await endOf(shell('$AIMCTL no-such-command --json | true'));
    expect(status).toBe(EXIT_CODES.usage);
  });

  it('talk on a closed standard error does not stop a command', async () => {
    const { status, stdout } = await endOf(shell('$AIMCTL lint --rule no-such-rule 2>&1 >/dev/null | true'));
    expect({ status, stdout }).toEqual({ status: EXIT_CODES.usage, stdout: '' });
  });
});

it('a result that cannot be written is one line and its own exit status', () => {
  const { status, stderr } = spawnSync('bash', ['-c', `${process.execPath} ${AIMCTL} profile list > /dev/full`], {
    encoding: 'utf8',
  });
  expect(status).toBe(EXIT_CODES.disk);
  expect(stderr).toMatch(/^Error: cannot write the result: .*ENOSPC.*\n.*\n$/);
});
