import { spawn } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  readdirSync,
} from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FOLDER_WORK } from 'aim-runtime/cache';
import { scanCache, type CacheEntry } from '../../src/cache/scan.ts';
import { verifyEntries } from '../../src/cache/verify.ts';
import { CacheFolder } from '../../../runtime/test/lib/model-cache.ts';
import { HubServer } from '../../../runtime/test/lib/model-hub-server.ts';
import { shardedModel } from '../../../runtime/test/lib/model-files.ts';

const REPOSITORY = join(import.meta.dirname, '../../..');
const AIMCTL = join(REPOSITORY, 'toolkit/bin/aimctl.js');
const DAY_MS = 86_400_000;

const FILES = shardedModel(2, 50_000);
const SMALL = Object.keys(FILES).filter((name) => !name.endsWith('.safetensors'));

let hub: HubServer;
let cache: CacheFolder;
beforeEach(async () => {
  cache = new CacheFolder();
  hub = await HubServer.start([
    { name: 'org/model', commit: 'a'.repeat(40), files: FILES, small: SMALL },
    { name: 'org/other', commit: 'b'.repeat(40), files: FILES, small: SMALL },
    { name: 'org/gated', commit: 'c'.repeat(40), files: FILES, small: SMALL, access: 'gated' },
  ]);
});
afterEach(async () => {
  await hub[Symbol.asyncDispose]();
  cache[Symbol.dispose]();
});

interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Not spawnSync: the hub answers from this process. */
function aimctl(args: readonly string[], env: Record<string, string> = {}): Promise<Run> {
  const child = spawn(process.execPath, [AIMCTL, 'cache', ...args, '--cache-dir', cache.path], {
    env: { ...process.env, HF_ENDPOINT: hub.url, HF_TOKEN: '', HF_HUB_OFFLINE: '', ...env },
  });
  const texts = { stdout: '', stderr: '' };
  child.stdout.on('data', (data: Buffer) => (texts.stdout += data.toString()));
  child.stderr.on('data', (data: Buffer) => (texts.stderr += data.toString()));
  return new Promise((resolve) =>
    child.once('close', (status) => {
      resolve({ status, ...texts });
    }),
  );
}

/** The object a command prints, checked against the command's schema. */
async function json<Result>(command: string, ...args: string[]): Promise<Result> {
  const { stdout, stderr } = await aimctl([command, ...args, '--json']);
  const file = join(REPOSITORY, `schemas/cli/cache-${command}.schema.json`);
  const validate = new Ajv({ strict: true, allowUnionTypes: true }).compile(
    JSON.parse(readFileSync(file, 'utf8')) as object,
  );
  const value: unknown = JSON.parse(stdout || `"${stderr}"`);
  expect(validate(value), JSON.stringify(validate.errors)).toBe(true);
  return value as Result;
}

interface Listed {
  readonly models: readonly { name: string; layout: string; complete: boolean; busy: boolean; sizeBytes: number }[];
}
const listed = async () =>
  (await json<Listed>('list')).models.map(({ name, layout, complete }) => `${name} ${layout} ${complete}`);

/** Makes everything of a model look as if written so many days ago. */
function age(folder: string, days: number): void {
  const then = new Date(Date.now() - days * DAY_MS);
  for (const entry of readdirSync(folder, { recursive: true, encoding: 'utf8' }))
    utimesSync(join(folder, entry), then, then);
}

describe('aimctl cache', () => {
  it('adds models in both layouts, lists them, and takes them away', async () => {
    expect(await listed()).toEqual([]);
    const added = await aimctl(['add', 'org/model']);
    expect(added.status).toBe(0);
    expect(added.stdout).toBe(`${cache.at('org/model')}\n`);
    const { added: hubbed } = await json<{ added: { path: string }[] }>('add', 'org/other', '--use-hf-cache');
    expect(hubbed[0]?.path).toBe(cache.at('hub/models--org--other/snapshots', 'b'.repeat(40)));
    expect(await listed()).toEqual(['org/model folder true', 'org/other hub true']);
    const requests = hub.requests.length;
    expect((await aimctl(['add', 'org/model'])).status).toBe(0);
    expect(hub.requests.length).toBe(requests);

    const plan = await json<{ removed: { name: string }[]; freedBytes: number }>('remove', 'org/model', '--dry-run');
    expect(plan.freedBytes).toBeGreaterThan(Buffer.concat(Object.values(FILES)).length);
    expect(await listed()).toHaveLength(2);
    expect((await aimctl(['remove', 'ORG/model'])).status).toBe(0);
    expect(existsSync(cache.at('org'))).toBe(false);
    expect((await aimctl(['remove', 'org/other'])).status).toBe(0);
    expect(await listed()).toEqual([]);
  });

  it('finds every damaged byte, and the next download repairs it', async () => {
    await aimctl(['add', 'org/model']);
    await aimctl(['add', 'org/other', '--use-hf-cache']);
    const intact = await json<{ models: { outcome: string; checked: number }[] }>('verify');
    expect(intact.models.map(({ outcome }) => outcome)).toEqual(['intact', 'intact']);
    const shard = 'model-00002-of-00002.safetensors';
    const whole = FILES[shard] ?? Buffer.alloc(0);
    const damaged = Buffer.from(whole);
    damaged[31_234] = (damaged[31_234] ?? 0) ^ 1;
    writeFileSync(cache.at('org/model', shard), damaged);
    const run = await aimctl(['verify', 'org/model']);
    expect(run.status).toBe(3);
    expect(run.stdout).toContain(`damaged: ${shard}`);
    expect(await listed()).toContain('org/model folder false');
    expect((await aimctl(['add', 'org/model'])).status).toBe(0);
    expect(readFileSync(cache.at('org/model', shard)).equals(whole)).toBe(true);
    expect((await aimctl(['verify'])).status).toBe(0);
  });

  it('stops to verify when it is interrupted', async () => {
    await aimctl(['add', 'org/model', 'org/other']);
    const controller = new AbortController();
    const begun: string[] = [];
    const onEntry = ({ name }: CacheEntry) => {
      begun.push(name);
      controller.abort(new Error('interrupted'));
    };
    const entries = scanCache(cache.path, Date.now());
    const verifying = verifyEntries(entries, cache.path, { signal: controller.signal, onEntry });
    await expect(verifying).rejects.toThrow('interrupted');
    expect(begun).toEqual(['org/model']);
  });

  it('cleans up what is old, however often it was looked at, and nothing else', async () => {
    await aimctl(['add', 'org/model', 'org/other']);
    age(cache.at('org/model'), 40);
    age(cache.at('org/other'), 20);
    const plan = await json<{ removed: { name: string }[]; dryRun: boolean }>('cleanup', '--days', '30', '--dry-run');
    expect(plan).toMatchObject({ removed: [{ name: 'org/model' }], dryRun: true });
    expect(await listed()).toHaveLength(2);
    expect((await aimctl(['cleanup', '--days', '30'])).status).toBe(0);
    expect(await listed()).toEqual(['org/other folder true']);
    expect((await aimctl(['cleanup', '--days', '30'])).stdout).toContain('nothing to remove');
  });

  it('leaves a model alone that is being downloaded, and takes a given-up download away', async () => {
    const work = cache.at('org/partial', FOLDER_WORK);
    mkdirSync(work, { recursive: true });
    const lock = join(work, 'lock.1');
    writeFileSync(
      lock,
      JSON.stringify({ token: 't', host: 'h', pid: 1, place: '', startTicks: '', beat: 1, released: false }),
    );
    expect((await json<Listed>('list')).models).toMatchObject([{ name: 'org/partial', busy: true, complete: false }]);
    const refused = await aimctl(['remove', 'org/partial']);
    expect(refused.status).toBe(3);
    expect(refused.stderr).toContain('is being downloaded');
    expect(existsSync(lock)).toBe(true);
    age(cache.at('org/partial'), 40);
    expect((await aimctl(['cleanup', '--days', '30'])).status).toBe(0);
    expect(await listed()).toEqual([]);
  });

  it('never follows a link out of the cache', async () => {
    await aimctl(['add', 'org/model']);
    const outside = cache.beside('outside/model');
    mkdirSync(outside, { recursive: true });
    writeFileSync(join(outside, 'config.json'), '{}');
    symlinkSync(cache.beside('outside'), cache.at('linked'));
    symlinkSync(outside, cache.at('org/linked'));
    expect(await listed()).toEqual(['org/model folder true']);
    expect((await aimctl(['remove', 'org/linked'])).status).toBe(2);
    expect((await aimctl(['remove', '../outside/model'])).status).toBe(2);
    expect((await aimctl(['cleanup', '--days', '0'])).status).toBe(0);
    expect(existsSync(join(outside, 'config.json'))).toBe(true);
  });

  it('says what is wrong, with the exit status of its kind', async () => {
    const gated = await aimctl(['add', 'org/gated']);
    expect(gated.status).toBe(4);
    expect(gated.stderr).toContain('HF_TOKEN');
    expect((await aimctl(['add', 'org/gated'], { HF_TOKEN: hub.token })).status).toBe(0);
    expect((await aimctl(['add', 'not a model'])).status).toBe(2);
    expect((await aimctl(['add', 'org/model'], { HF_HUB_OFFLINE: '1' })).status).toBe(4);
    const unknown = await aimctl(['remove', 'org/gate']);
    expect(unknown.status).toBe(2);
    expect(unknown.stderr).toContain('Did you mean org/gated?');
    expect((await aimctl(['verify', 'org/gated'])).status).toBe(0);
    appendFileSync(cache.at('org/gated/config.json'), 'x');
    expect((await aimctl(['verify', 'org/gated'])).status).toBe(3);
  });
});
