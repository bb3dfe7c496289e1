import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aimctl as runBeside } from '../integration/engine.ts';
import { aimctl, checkedJson } from '../lib/aimctl.ts';
import { testClient } from '../lib/oci-client.ts';
import { startFakeRegistry, type FakeRegistry } from '../lib/oci-fake-registry.ts';
import { pushBase } from '../lib/push-fixtures.ts';

const scratch = mkdtempSync(join(tmpdir(), 'aimctl-docs-'));
afterAll(() => rmSync(scratch, { recursive: true }));

describe('the generated pages of this repository', () => {
  it('are up to date; if not: npx aimctl docs', () => {
    const run = aimctl(['docs', '--check', '--json']);
    expect(checkedJson('docs', run)).toMatchObject({ written: false, added: [], changed: [], removed: [] });
    expect(run.status).toBe(0);
  });

  it('are called out of date when one was changed, is missing or is no longer wanted, and nothing is written', () => {
    const folder = join(scratch, 'stale');
    expect(aimctl(['docs', '--output', folder]).status).toBe(0);
    writeFileSync(join(folder, 'overview.md'), '# Written by hand\n');
    const page = join(folder, 'cli/lint.md');
    const changed = readFileSync(page, 'utf8').replace('aimctl lint', 'aimctl lnt');
    writeFileSync(page, changed);
    rmSync(join(folder, 'catalogue.html'));
    writeFileSync(join(folder, 'cli/gone.md'), readFileSync(join(folder, 'cli/docs.md')));
    const run = aimctl(['docs', '--check', '--json', '--output', folder]);
    expect(run.status).toBe(3);
    expect(checkedJson('docs', run)).toMatchObject({
      added: ['catalogue.html'],
      changed: ['cli/lint.md'],
      removed: ['cli/gone.md'],
    });
    expect(readFileSync(page, 'utf8')).toBe(changed);
    expect(existsSync(join(folder, 'catalogue.html'))).toBe(false);
    expect(aimctl(['docs', '--output', folder]).status).toBe(0);
    expect(aimctl(['docs', '--check', '--output', folder]).status).toBe(0);
    expect(existsSync(join(folder, 'cli/gone.md'))).toBe(false);
    expect(existsSync(join(folder, 'overview.md'))).toBe(true);
  });
});

describe('the list of images', () => {
  let fake: FakeRegistry;
  beforeAll(async () => {
    fake = await startFakeRegistry();
    const client = testClient();
    const tags = ['aim-base:0.9', 'aim-base:0.10', 'aim-base:0.11-rc1', 'aim-base:latest'];
    const models = ['aim-qwen-qwen3-32b:0.9.9', 'aim-qwen-qwen3-32b:0.9.10', 'aim-qwen-qwen3-32b:0.9.11-preview'];
    const early = ['aim-openai-gpt-oss-20b:0.9.0-rc3'];
    for (const name of [...tags, ...models, ...early]) await pushBase(client, `${fake.host}/org/${name}`, 1);
    client.close();
  });
  afterAll(() => fake.stop());

  const docs = (...args: string[]) => runBeside(['docs', '--output', join(scratch, 'site'), ...args]);
  const images = () => readFileSync(join(scratch, 'site/images.md'), 'utf8');

  it('names the newest official image of each repository by its digest', async () => {
    expect((await docs('--registry', `${fake.host}/org/`)).status).toBe(0);
    const page = images();
    expect(page).toMatch(new RegExp(`\`${fake.host}/org/aim-base:0\\.10\` \\| \`sha256:[0-9a-f]{64}\` `));
    expect(page).toMatch(/\/aim-qwen-qwen3-32b:0\.9\.10` \| `sha256:[0-9a-f]{64}`/);
    expect(page).toContain('/aim-openai-gpt-oss-20b` | not published |');
    expect(page).not.toMatch(/-rc|-preview|latest`/);
  });

  it('stays as it is when no registry is asked, and when the registry fails', async () => {
    const before = images();
    expect((await docs()).status).toBe(0);
    expect(images()).toBe(before);
    const failed = await docs('--registry', '127.0.0.1:1/org');
    expect(failed.status).toBe(5);
    expect(failed.stderr).toContain('nothing answers at 127.0.0.1:1');
    expect(images()).toBe(before);
  });
});
