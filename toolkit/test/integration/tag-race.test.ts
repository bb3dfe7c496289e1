import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseReference } from '../../src/oci/reference.ts';
import { testClient } from '../lib/oci-client.ts';
import { findRegistryProgram, startRealRegistry, type RunningRegistry } from '../lib/oci-real-registry.ts';
import { pushBase, renderProfile, writeModels } from '../lib/push-fixtures.ts';
import { aimctl } from './engine.ts';

const WRITERS = 4;
const program = await findRegistryProgram();

describe.skipIf(!program)('several aimctl at the same time', () => {
  const home = mkdtempSync(join(tmpdir(), 'aimctl-race-'));
  const folders = Array.from({ length: WRITERS }, () => writeModels(1));
  const client = testClient();
  let registry: RunningRegistry;
  beforeAll(async () => {
    registry = await startRealRegistry();
    await pushBase(client, `${registry.host}/org/aim-base:0.9`, 3);
  });
  afterAll(async () => {
    client.close();
    await registry.stop();
    for (const folder of [home, ...folders.map(({ folder: one }) => one)]) rmSync(folder, { recursive: true });
  });

  const repository = () => parseReference(`${registry.host}/org/aim-acme-model-0`);
  const push = async (writer: number, ...flags: string[]): Promise<{ reference: string; digest: string }> => {
    const { profiles } = folders[writer]!;
    const target = ['--registry', `${registry.host}/org`, '--profiles', profiles];
    const env = { HOME: home, SOURCE_DATE_EPOCH: '1750000000' };
    const run = await aimctl(['push', 'acme/Model-0', ...target, ...flags, '--json'], { env });
    expect(run.status, run.stderr).toBe(0);
    const { images } = JSON.parse(run.stdout) as { images: [{ reference: string; digest: string }] };
    return images[0];
  };

  it.each([
    { what: 'official versions', flags: [], first: '0.9.0', last: `0.9.${WRITERS - 1}` },
    {
      what: 'release candidates',
      flags: ['--ref', 'refs/heads/x'],
      first: `0.9.${WRITERS}-rc1`,
      last: `0.9.${WRITERS}-rc${WRITERS}`,
    },
  ])('end with a tag each: $what', async ({ flags, first, last }) => {
    for (const [index, { profileOf }] of folders.entries())
      writeFileSync(profileOf(0), renderProfile(0, 10 * flags.length + index));
    const pushed = await Promise.all(folders.map((_, index) => push(index, ...flags)));
    const tags = pushed.map(({ reference }) => parseReference(reference).tag ?? '').sort();
    expect([tags[0], tags.at(-1)]).toEqual([first, last]);
    expect(new Set(tags).size).toBe(WRITERS);
    expect(new Set(pushed.map(({ digest }) => digest)).size).toBe(WRITERS);
    for (const { reference, digest } of pushed)
      expect((await client.headManifest(repository(), parseReference(reference).tag ?? ''))?.digest).toBe(digest);
  });
});
