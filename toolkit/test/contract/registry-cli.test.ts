import { rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aimctl, type Run } from '../integration/engine.ts';
import { checkedJson } from '../lib/aimctl.ts';
import { testClient } from '../lib/oci-client.ts';
import { startFakeRegistry, type FakeRegistry } from '../lib/oci-fake-registry.ts';
import { problem } from '../lib/oci-fake-store.ts';
import { pushBase, renderProfile, writeModels } from '../lib/push-fixtures.ts';

const models = writeModels(2);
let fake: FakeRegistry;
let isDenied = false;
beforeAll(async () => {
  fake = await startFakeRegistry({
    intercept: ({ method, url }) =>
      isDenied && method === 'POST' && url.pathname.includes('model-1/')
        ? problem(403, 'DENIED', 'no rights')
        : undefined,
  });
  const client = testClient();
  await pushBase(client, `${fake.host}/org/aim-base:0.9`, 3);
  client.close();
});
afterAll(async () => {
  await fake.stop();
  rmSync(models.folder, { recursive: true });
});

const env = { SOURCE_DATE_EPOCH: '1750000000', DOCKER_HOST: 'unix:///nonexistent.sock' };
const run = (...args: string[]): Promise<Run> => aimctl([...args, '--profiles', models.profiles], { env });
const target = () => ['--registry', `${fake.host}/org`, '--base', `${fake.host}/org/aim-base:0.9`];
const plan = (...args: string[]) => run('plan', '--all', ...target(), ...args);
const push = (...args: string[]) => run('build-model', '--all', ...target(), '--push', ...args);

describe('from plan to push and back', () => {
  it('a plan says what is pending, and fails with 3 only when asked to', async () => {
    const shown = await plan('--json');
    expect(checkedJson('plan', shown)).toMatchObject({ pending: true, summary: { new: 2, upToDate: 0 } });
    expect(shown.status).toBe(0);
    expect((await plan('--json', '--exit-code')).status).toBe(3);
    expect((await plan('--comment')).stderr).toContain('No comment was written');
    expect((await plan('--comment', '--dry-run')).stderr).toBe('');
    expect((await plan()).stdout).toMatch(/2 new; [\d.]+ kB to upload$/m);
  });

  it('a push needs no engine, reports its images, and tells its progress as JSON on stderr', async () => {
    const pushed = await push('--json');
    expect(pushed.status).toBe(0);
    expect(checkedJson('build-model', pushed)).toMatchObject({ images: [{ action: 'pushed' }, { action: 'pushed' }] });
    const events = pushed.stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { event: string; name: string });
    for (const index of [0, 1])
      expect(events.filter(({ name }) => name.includes(`model-${index}`)).at(-1)).toMatchObject({ event: 'done' });
    const same = await run('push', '--all', ...target(), '--json');
    expect(checkedJson('push', same)).toMatchObject({ images: [{ action: 'unchanged' }, { action: 'unchanged' }] });
    const plain = await push();
    expect(plain.stderr).toMatch(/aim-acme-model-0:\d+\.\d+\.0: unchanged\n/);
    expect(plain.stdout).not.toContain('comparing');
  });

  it('then nothing is pending, and both images verify', async () => {
    const shown = await plan('--json', '--exit-code');
    expect(checkedJson('plan', shown)).toMatchObject({ pending: false, summary: { upToDate: 2 } });
    expect(shown.status).toBe(0);
    const { images } = checkedJson('plan', shown) as { images: { reference: string }[] };
    const verified = await run('verify', ...images.map(({ reference }) => reference), '--json');
    expect(checkedJson('verify', verified)).toMatchObject({ verified: true });
    expect(verified.status).toBe(0);
  });

  it('an image that differs is named with what differs, and the exit status is 3', async () => {
    writeFileSync(models.profileOf(0), renderProfile(0, 5));
    const { images } = checkedJson('plan', await plan('--json')) as { images: { reference: string; state: string }[] };
    expect(images.map(({ state }) => state)).toEqual(['changed', 'up-to-date']);
    const [changed, kept] = images.map(({ reference }) => reference.slice(reference.lastIndexOf(':') + 1));
    expect([changed, kept]).toEqual(['0.9.1', '0.9.0']);
    const verified = await run('verify', images[0]!.reference.replace(/0\.9\.1$/, '0.9.0'), '--json');
    expect(checkedJson('verify', verified)).toMatchObject({
      verified: false,
      images: [{ differences: [{ part: 'profiles' }] }],
    });
    expect(verified.status).toBe(3);
  });

  it('one denied repository does not stop the other, and without credentials that ends with 4', async () => {
    for (const index of [0, 1]) writeFileSync(models.profileOf(index), renderProfile(index, 6));
    isDenied = true;
    const pushed = await push('--json');
    isDenied = false;
    expect(pushed.status).toBe(4);
    expect(checkedJson('error', pushed)).toMatchObject({
      error: { message: '1 of 2 images could not be built', details: [expect.stringContaining('no rights') as string] },
    });
    const { images } = checkedJson('plan', await plan('--json')) as { images: { state: string }[] };
    expect(images.map(({ state }) => state)).toEqual(['up-to-date', 'changed']);
  });

  it('doctor finds out the same beforehand', async () => {
    const before = await run('doctor', ...target(), '--json');
    expect(checkedJson('doctor', before)).toMatchObject({ ok: true });
    isDenied = true;
    const denied = await run('doctor', ...target(), '--json');
    isDenied = false;
    expect(checkedJson('doctor', denied)).toMatchObject({ ok: false });
    expect(denied.status).toBe(3);
  });
});

describe('wrong input', () => {
  it.each([
    { args: ['plan', '--all'], status: 2, text: 'none was named' },
    { args: ['plan', '--all', '--registry', 'localhost:1'], status: 5, text: 'nothing answers at localhost:1' },
    { args: ['build-model', '--all', '--push'], status: 2, text: '--push needs a registry' },
    { args: ['build-model', '--all', '--output', 'zip:x'], status: 2, text: 'is no output' },
    { args: ['build-model', '--all', '--load', '--platform', 'linux'], status: 2, text: 'is no platform' },
    { args: ['verify', 'Not A Reference'], status: 2, text: 'is no image reference' },
    { args: ['verify', 'localhost:1/x:1'], status: 5, text: 'nothing answers at localhost:1' },
    { args: ['doctor', '--registry', 'https://x'], status: 2, text: 'scheme' },
  ])('$args ends with $status', async ({ args, status, text }) => {
    const ended = await run(...args);
    expect(ended.status).toBe(status);
    expect(ended.stdout + ended.stderr).toContain(text);
  });
});
