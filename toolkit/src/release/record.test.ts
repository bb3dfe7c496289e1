import { describe, expect, it } from 'vitest';
import type { ReleaseRecord } from '../generated/release-record.js';
import { nextRelease, parseRecord, releasesOfLine, renderRecord, sortReleases } from './record.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const record: ReleaseRecord = {
  schemaVersion: 1,
  release: '0.9.9',
  registry: 'ghcr.io/my-org',
  createdAt: '2025-06-15T15:06:40.000Z',
  commit: 'b'.repeat(40),
  promotedFrom: null,
  images: [
    {
      ...{ kind: 'model', model: 'acme/A', repository: 'aim-acme-a', tag: '0.9.3', digest: DIGEST, isNew: true },
      ...{ commit: '', base: { name: 'aim-base:0.9', digest: DIGEST }, floating: [], changes: null },
    },
  ],
};

describe('a release record', () => {
  it('is read as it was written', () => {
    expect(parseRecord(renderRecord(record), 'here')).toEqual(record);
  });

  it.each([
    ['no JSON', '{'],
    ['something else', '{"schemaVersion":1}'],
    ['another version', renderRecord(record).replace('"schemaVersion": 1', '"schemaVersion": 2')],
    ['no digest', renderRecord(record).replace(DIGEST, 'sha256:xyz')],
  ])('is refused when it is %s, with the place', (_, text) => {
    expect(() => parseRecord(text, 'ghcr.io/my-org/aim-releases:0.9.9')).toThrow(
      'aim-releases:0.9.9 is no release record',
    );
  });
});

describe('the name of a release', () => {
  it('is the next number of its line, and the same for the same images', () => {
    expect(nextRelease('0.9', undefined, record.images)).toBe('0.9.0');
    expect(nextRelease('0.9', record, [])).toBe('0.9.10');
    expect(nextRelease('0.9', record, record.images)).toBe('0.9.9');
    expect(nextRelease('0.9', record, [{ ...record.images[0]!, tag: '0.9.4' }])).toBe('0.9.10');
  });

  it('is ordered as a version, among tags that are anything', () => {
    const tags = ['0.9.9', 'latest', '0.10.0', '0.9.10', 'v0.9.11', '0.9.12-rc1', '1', '0.9'];
    expect(sortReleases(tags)).toEqual(['0.10.0', '0.9.10', '0.9.9']);
    expect(releasesOfLine(tags, '0.9')).toEqual(['0.9.10', '0.9.9']);
    expect(releasesOfLine(tags, '0.1')).toEqual([]);
  });
});
