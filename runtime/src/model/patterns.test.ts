import { describe, expect, it } from 'vitest';
import { EVERYTHING_NEEDED, requirePatterns, selectFiles } from './patterns.ts';

const choose = (paths: readonly string[], choice = {}) =>
  selectFiles(
    paths.map((path) => ({ path })),
    { ...EVERYTHING_NEEDED, ...choice },
  ).map(({ path }) => path);

describe('selectFiles', () => {
  it('takes the only form that weights have', () => {
    const paths = ['config.json', 'pytorch_model.bin', 'model.gguf', 'original/consolidated.00.pth'];
    expect(choose(paths)).toEqual(paths);
  });

  it('leaves second copies out when there are safetensors', () => {
    const copies = [
      'original/x.json',
      'a.pth',
      'sub/b.gguf',
      'pytorch_model-00001-of-2.bin',
      'pytorch_model.bin.index.json',
    ];
    expect(choose(['model.safetensors', 'training_args.bin', ...copies])).toEqual([
      'model.safetensors',
      'training_args.bin',
    ]);
  });

  it.each([
    [{ include: ['*.json'] }, ['a.json', 'sub/b.json']],
    [{ include: ['sub/'] }, ['sub/b.json']],
    [{ include: ['?.json', 'm[a-z]*'] }, ['a.json', 'model.safetensors']],
    [{ include: ['[!a].json'] }, []],
    [{ include: ['a.pth'] }, ['a.pth']],
    [{ include: ['a+json'] }, []],
    [{ exclude: ['*.json'] }, ['model.safetensors']],
    [{ include: ['*.json'], exclude: ['sub/*'] }, ['a.json']],
  ])('%j', (choice, expected) => {
    expect(choose(['a.json', 'sub/b.json', 'a.pth', 'model.safetensors'], choice)).toEqual(expected);
  });

  it('never takes bookkeeping of other tools', () => {
    expect(choose(['.cache/aim/manifest.json', '.gitattributes'], { include: ['*'] })).toEqual(['.gitattributes']);
  });
});

describe('requirePatterns', () => {
  it.each([{ include: ['[z-a]*'] }, { exclude: ['fine', '[b-a]'] }])('refuses %j', (choice) => {
    expect(() => {
      requirePatterns({ ...EVERYTHING_NEEDED, ...choice });
    }).toThrow(/is no pattern/);
  });
  it('lets others pass', () => {
    requirePatterns({ include: ['*', '[!a]?', '[', '[]'], exclude: ['(', '\\d'] });
  });
});
