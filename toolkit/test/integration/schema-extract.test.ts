import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureUpstreamImage } from '../../../demo/upstream-image.ts';
import { readHost } from '../../../scripts/host.ts';
import { checkedJson, REPOSITORY } from '../lib/aimctl.ts';
import { aimctl, findTestEngine } from './engine.ts';

const SIMULATOR = join(REPOSITORY, 'demo/engine-simulator');
const scratch = mkdtempSync(join(tmpdir(), 'aimctl-schema-'));
const made: string[] = [];

interface Report {
  readonly version: string;
  readonly output: string;
  readonly changes: { readonly added: readonly string[]; readonly removed: readonly string[] };
  readonly broken: readonly { readonly profile: string; readonly problems: readonly { readonly path: string }[] }[];
  readonly invalid: readonly string[];
}

/** An image with the engine simulator, changed as asked. */
async function withSimulator(name: string, change: (folder: string) => void): Promise<string> {
  const folder = join(scratch, name);
  cpSync(SIMULATOR, folder, { recursive: true });
  change(folder);
  const image = await ensureUpstreamImage(readHost(process.env), folder);
  made.push(image);
  return image;
}

const extract = (image: string, ...args: string[]) =>
  aimctl(['schema', 'extract', image, '--output', join(scratch, 'out.json'), '--json', ...args]);

function leftContainers(): string {
  return spawnSync('docker', ['ps', '-aq', '--filter', 'label=com.amd.aim.schema-extract'], { encoding: 'utf8' })
    .stdout;
}

describe.skipIf((await findTestEngine()) === undefined)('aimctl schema extract', () => {
  let upstream = '';
  beforeAll(async () => {
    upstream = await ensureUpstreamImage(readHost(process.env), SIMULATOR);
  });
  afterAll(() => {
    rmSync(scratch, { recursive: true });
    for (const image of made) spawnSync('docker', ['rmi', image]);
  });

  it("writes the same arguments as the engine's own parser takes, with which no profile breaks", async () => {
    const run = await extract(upstream);
    const { version, output, changes, broken } = checkedJson('schema-extract', run) as Report;
    expect({ status: run.status, version, broken }).toEqual({ status: 0, version: '0.11.1+simulator', broken: [] });
    expect(changes).toEqual({ against: '0.11.1', added: [], removed: [] });
    const written = JSON.parse(readFileSync(output, 'utf8')) as { properties: Record<string, { enum?: unknown[] }> };
    const known = JSON.parse(
      readFileSync(join(REPOSITORY, 'schemas/engine-args/vllm-0.11.1.schema.json'), 'utf8'),
    ) as typeof written;
    expect(Object.keys(written.properties).sort()).toEqual(Object.keys(known.properties).sort());
    for (const [name, { enum: words }] of Object.entries(known.properties)) {
      if (words) expect({ name, words: written.properties[name]?.enum }).toEqual({ name, words });
    }
    expect(leftContainers()).toBe('');
  });

  it('tells invalid profiles apart from those that break', async () => {
    const profiles = join(scratch, 'profiles');
    mkdirSync(profiles);
    const file = join(profiles, 'mine.yaml');
    writeFileSync(file, 'metadata: {}\n');
    const run = await extract(upstream, '--profiles', profiles);
    const { broken, invalid } = checkedJson('schema-extract', run) as Report;
    expect({ status: run.status, broken, invalid }).toEqual({ status: 3, broken: [], invalid: [file] });
  });

  it('shows at once which profiles a newer engine breaks', async () => {
    const image = await withSimulator('newer', (folder) => {
      const file = join(folder, 'vllm/flags.json');
      const table = JSON.parse(readFileSync(file, 'utf8')) as { flags: { names: string[] }[] };
      const flags = table.flags.filter(({ names }) => !names.includes('--distributed-executor-backend'));
      writeFileSync(file, JSON.stringify({ flags: [...flags, { names: ['--shiny'], kind: 'switch' }] }));
    });
    const run = await extract(image);
    const { changes, broken } = checkedJson('schema-extract', run) as Report;
    expect(run.status).toBe(3);
    expect(changes).toMatchObject({ added: ['shiny'], removed: ['distributed-executor-backend'] });
    expect(broken.length).toBeGreaterThan(50);
    for (const { profile, problems } of broken) {
      expect(readFileSync(profile, 'utf8')).toContain('distributed-executor-backend');
      expect(problems.map(({ path }) => path)).toEqual(['distributed-executor-backend']);
    }
  });

  it("shows the engine's own words when it does not start", async () => {
    const image = await withSimulator('broken', (folder) => {
      writeFileSync(join(folder, 'vllm/entrypoints/openai/api_server.py'), 'raise RuntimeError("no such luck")\n');
    });
    const run = await extract(image);
    expect(run.status).toBe(4);
    expect(checkedJson('error', run)).toMatchObject({
      error: { details: expect.arrayContaining([expect.stringContaining('no such luck') as string]) as string[] },
    });
    expect(await extract(upstream, '--engine', 'sglang')).toMatchObject({ status: 4 });
    expect(leftContainers()).toBe('');
  });

  it('leaves no container behind when it is interrupted', async () => {
    const image = await withSimulator('slow', (folder) => {
      writeFileSync(join(folder, 'vllm/entrypoints/openai/api_server.py'), 'import time\ntime.sleep(600)\n');
    });
    let sent = false;
    const run = await aimctl(['schema', 'extract', image, '--output', join(scratch, 'out.json')], {
      onStderr: (text, kill) => {
        if (sent || !text.includes('reading the arguments')) return;
        sent = true;
        setTimeout(() => kill('SIGINT'), 1_500);
      },
    });
    expect(run.status).toBe(130);
    expect(leftContainers()).toBe('');
  });
});
