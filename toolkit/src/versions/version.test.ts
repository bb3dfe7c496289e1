import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseLine } from './line.ts';
import { selectBaseTag, selectFloatingTags } from './tags.ts';
import { compareVersions, formatVersion, parseVersion, STAGES, type Version } from './version.ts';

const number = fc.nat(999_999_999);
const version: fc.Arbitrary<Version> = fc
  .record({
    major: number,
    minor: number,
    patch: fc.option(number, { nil: undefined }),
    stage: fc.constantFrom(...STAGES),
    number: fc.integer({ min: 1, max: 999_999_999 }),
  })
  .map((one) => (one.stage === 'official' ? { ...one, number: 1 } : one));

const parsed = (text: string): Version => {
  const found = parseVersion(text);
  if (found === undefined) throw new Error(`${text} is no version`);
  return found;
};

describe('versions', () => {
  it('are read as they are written', () => {
    fc.assert(
      fc.property(version, (one) => {
        expect(parseVersion(formatVersion(one))).toEqual(one);
      }),
    );
  });

  it.each(['', 'v0.9', '0', '0.9.', '00.9', '0.09', '0.9.0-', '0.9.0-rc0', '0.9.0-rc01', '0.9.0-rc', '0.9.0-RC1'])(
    '"%s" is none',
    (text) => expect(parseVersion(text)).toBeUndefined(),
  );

  it.each([
    '0.9.0-preview.1',
    '0.9.0-preview.0',
    '0.9.0+x',
    '0.9.0-rc1.2',
    'latest',
    '0.9.99999999999',
    ' 0.9',
    '0.9\n',
  ])('"%s" is none', (text) => expect(parseVersion(text)).toBeUndefined());

  it('follow each other as semver says, numbers as numbers', () => {
    const order = [
      '0.9.0-preview',
      '0.9.0-preview.2',
      '0.9.0-rc2',
      '0.9.0-rc9',
      '0.9.0-rc10',
      '0.9.0',
      '0.9.2-rc1',
      '0.9.10',
      '0.10.0',
    ];
    const shuffled = [...order].reverse();
    expect(shuffled.map(parsed).sort(compareVersions).map(formatVersion)).toEqual(order);
  });
});

describe('the line', () => {
  it('is MAJOR.MINOR of package.json', () => {
    expect(parseLine('0.9.0')).toEqual({ major: 0, minor: 9 });
  });

  it.each([
    ['0.9.3', /has the patch 3.*has to end with \.0/],
    ['0.9', /none of the form/],
    ['0.9.0-rc1', /none of the form/],
    ['x', /none of the form/],
  ])('%s is an error that says why', (text, message) => {
    expect(() => parseLine(text)).toThrow(
      expect.objectContaining({ code: 'usage', message: expect.stringMatching(message) as string }),
    );
  });
});

describe('floating tags', () => {
  it.each([
    { tag: '0.9.1', tags: ['0.9.0', '0.8.7', '0.9.2-rc1', 'x'], floating: ['0.9', 'latest'] },
    { tag: '0.9.1', tags: ['0.9.2'], floating: [] },
    { tag: '0.8.7', tags: ['0.8.6', '0.9.0'], floating: ['0.8'] },
    { tag: '0.8.7', tags: ['0.8.6', '0.9.0-rc1'], floating: ['0.8', 'latest'] },
    { tag: '0.9.1-rc1', tags: [], floating: [] },
    { tag: '0.9.1-preview', tags: [], floating: [] },
    { tag: '0.9', tags: ['0.8'], floating: ['latest'] },
    { tag: '0.8', tags: ['0.9'], floating: [] },
  ])('$tag after $tags moves $floating', ({ tag, tags, floating }) => {
    expect(selectFloatingTags(parsed(tag), tags)).toEqual(floating);
  });

  it('never go back and never name what is not official, whatever is there', () => {
    fc.assert(
      fc.property(version, fc.array(version), (one, others) => {
        const floating = selectFloatingTags(one, others.map(formatVersion));
        if (floating.length === 0) return;
        const newer = others.filter(
          (other) =>
            other.stage === 'official' &&
            (other.patch === undefined) === (one.patch === undefined) &&
            compareVersions(other, one) > 0,
        );
        expect(one.stage).toBe('official');
        if (floating.includes('latest')) expect(newer).toEqual([]);
        expect(newer.filter(({ major, minor }) => major === one.major && minor === one.minor)).toEqual([]);
      }),
    );
  });
});

describe('the base that models are put on', () => {
  it.each([
    { tags: ['0.9-rc1', '0.9-rc10', '0.9-rc9', '0.9-preview', '0.8', 'latest'], stage: 'rc', base: '0.9-rc10' },
    { tags: ['0.9-rc1', '0.9'], stage: 'rc', base: '0.9' },
    { tags: ['0.9-rc1', '0.9-preview'], stage: 'preview', base: '0.9-preview' },
    { tags: ['0.9-rc1', '0.9-rc10', '0.8', '0.10-rc11'], stage: 'preview', base: '0.9-rc10' },
    { tags: ['0.9-preview'], stage: 'rc', base: undefined },
    { tags: ['0.9-rc1', '0.9-preview', '0.9'], stage: 'preview', base: '0.9' },
    { tags: ['0.9-rc1', '0.8'], stage: 'official', base: undefined },
  ] as const)('$stage of $tags is $base', ({ tags, stage, base }) => {
    const found = selectBaseTag({ tags, line: { major: 0, minor: 9 }, stage });
    expect(found && formatVersion(found)).toBe(base);
  });
});
