import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isSame } from './in-place.ts';
import { looksUnchanged, type ManifestFile } from './manifest.ts';
import { announcePlaced, appendPlaced, readPlaced, writePlaced } from './records.ts';
import type { RemoteFile } from './remote.ts';
import { takeSample } from './sample.ts';

let folder: string;
let record: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'aim-records-'));
  record = join(folder, 'placed.jsonl');
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const file = (path: string, sample = 's'): ManifestFile => ({
  path,
  sizeBytes: 3,
  sha256: 'a'.repeat(64),
  digest: { algorithm: 'sha256', value: 'a'.repeat(64) },
  version: undefined,
  sample,
});

function remote(digest: Awaited<ReturnType<RemoteFile['digest']>>, version?: string): RemoteFile {
  const open = () => Promise.reject(new Error('not needed'));
  return { path: 'a', sizeBytes: 3, version, digest: () => Promise.resolve(digest), open };
}

describe('the record of what was placed', () => {
  it('is written anew or added to, and the last entry of a file counts', async () => {
    await writePlaced(record, [file('a', 'old'), file('b')]);
    await appendPlaced(record, file('a', 'new'));
    expect([...readPlaced(record).values()].map(({ path, sample }) => [path, sample])).toEqual([
      ['a', 'new'],
      ['b', 's'],
    ]);
  });

  it('survives a line that was cut off', async () => {
    await writePlaced(record, [file('a'), file('b')]);
    const text = readFileSync(record, 'utf8');
    writeFileSync(record, text.slice(0, -10));
    await appendPlaced(record, file('c'));
    expect([...readPlaced(record).keys()]).toEqual(['a', 'c']);
  });

  it('claims nothing of a file that was only announced', async () => {
    writeFileSync(join(folder, 'a'), 'abc');
    await appendPlaced(record, file('a', takeSample(join(folder, 'a'))?.sample));
    await announcePlaced(record, remote(undefined));
    const announced = readPlaced(record).get('a')!;
    expect(looksUnchanged(join(folder, 'a'), announced)).toBe(false);
    expect(await isSame(remote({ algorithm: 'sha256', value: 'a'.repeat(64) }), announced)).toBe(false);
    expect(await isSame(remote(undefined, 'v1'), announced)).toBe(false);
  });
});
