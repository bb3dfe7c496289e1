import { describe, expect, it } from 'vitest';
import { canonicalJson } from './canonical-json.ts';
import { compareInputs, describeInputs, parseInputs, type ImageInputs } from './inputs.ts';
import { IMAGE_PATHS, planModelImage, withBaseDigest } from './plan.ts';

const PROFILE = `${IMAGE_PATHS.profiles}/acme/Tiny/p.yaml`;
const inputs: ImageInputs = {
  layout: '1',
  base: 'sha256:b',
  files: { [PROFILE]: 'one', [IMAGE_PATHS.runtime]: 'two', [`${IMAGE_PATHS.schemas}/s.json`]: 'three' },
  metadata: 'm',
  settings: 's',
};
const before = { inputs, revision: 'abc' };
const changed = (parts: Partial<ImageInputs>, revision = 'def') =>
  compareInputs(before, { inputs: { ...inputs, ...parts }, revision });

describe('comparing inputs', () => {
  it('finds nothing where only the commit differs', () => {
    expect(changed({})).toEqual([]);
  });

  it.each<[string, Partial<ImageInputs>, string]>([
    ['profiles', { files: { ...inputs.files, [PROFILE]: 'other' } }, 'changed p.yaml'],
    [
      'profiles',
      { files: { ...inputs.files, [`${PROFILE}2`]: 'new' }, settings: 'entries differ too' },
      'added p.yaml2',
    ],
    ['runtime', { files: { ...inputs.files, [IMAGE_PATHS.runtime]: 'other' } }, 'changed aim-runtime'],
    ['base', { base: 'sha256:c' }, 'sha256:b -> sha256:c'],
    ['layout', { layout: '2' }, '1 -> 2'],
  ])('names %s', (part, parts, detail) => {
    expect(changed(parts)).toEqual([{ part, details: [detail] }]);
  });

  it('names metadata and settings without details, and several reasons together', () => {
    expect(changed({ metadata: 'x', settings: 'y', base: 'z' }).map(({ part }) => part)).toEqual([
      'base',
      'metadata',
      'settings',
    ]);
  });

  it('replaces an image made from uncommitted files, but only by one that is committed', () => {
    const dirty = { inputs, revision: 'abc-dirty' };
    expect(compareInputs(dirty, before).map(({ part }) => part)).toEqual(['revision']);
    expect(compareInputs(dirty, dirty)).toEqual([]);
    expect(compareInputs(undefined, before).map(({ part }) => part)).toEqual(['unknown']);
  });
});

describe('describing inputs', () => {
  const planOf = (revision: string, title: string) =>
    withBaseDigest(
      planModelImage({
        version: '0.9.0',
        aimId: 'acme/Tiny',
        base: 'b:1',
        naming: { registry: undefined, tag: undefined, scheme: 'semver' },
        stamp: { createdAt: revision.length, revision },
        layoutVersion: '1',
        metadata: { com: { amd: { aim: { title } } } },
        profiles: [{ name: 'p.yaml', source: '/p' }],
      }),
      'sha256:b',
    );

  it('leaves out commit and time, but not the metadata', () => {
    const described = describeInputs(planOf('abc', 'T'), inputs.files);
    expect(describeInputs(planOf('other', 'T'), inputs.files)).toEqual(described);
    expect(describeInputs(planOf('abc', 'U'), inputs.files).metadata).not.toBe(described.metadata);
  });

  it('survives being written into an annotation, and nothing else is taken for one', () => {
    expect(parseInputs(canonicalJson(inputs).toString())).toEqual(inputs);
    for (const text of [undefined, '', '{}', 'null', '[]', JSON.stringify({ ...inputs, files: [1] })])
      expect(parseInputs(text)).toBeUndefined();
  });
});
