import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { AimError } from 'aim-runtime/system';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { classify, createRootFinder } from './file-kinds.ts';
import { findLintFiles } from './find-files.ts';

const cwd = mkdtempSync(join(tmpdir(), 'aim-lint-files-'));
afterAll(() => rmSync(cwd, { recursive: true }));

const FILES = {
  'profiles/acme/Demo/a.yaml': '',
  'profiles/acme/Demo/metadata.yaml': '',
  'profiles/base/metadata.yaml': '',
  'profiles/general/g.yaml': '',
  'profiles/custom/team/c.yml': '',
  'profiles/README.md': '',
  'profiles/.hidden/h.yaml': '',
  'recipes/r.yaml': '',
  'schemas/s.schema.json': '',
  'schemas/other.json': '',
  'node_modules/x/profiles/n.yaml': '',
  'elsewhere/compose.yaml': 'services: {}\n',
  'elsewhere/mine.yaml': 'engine_args: {}\n',
};
beforeAll(() => {
  for (const [name, text] of Object.entries(FILES)) {
    mkdirSync(dirname(join(cwd, name)), { recursive: true });
    writeFileSync(join(cwd, name), text);
  }
  symlinkSync('a.yaml', join(cwd, 'profiles/acme/Demo/link.yaml'));
  symlinkSync('nowhere', join(cwd, 'profiles/acme/Demo/dangling.yaml'));
});

const find = (...paths: string[]) =>
  findLintFiles(paths, { cwd, rootOf: createRootFinder() }).map((path) => path.slice(cwd.length + 1));

describe('findLintFiles', () => {
  it('takes profiles, metadata, recipes and schemas, and what looks like a profile elsewhere', () => {
    expect(find('.')).toEqual([
      'elsewhere/mine.yaml',
      'profiles/acme/Demo/a.yaml',
      'profiles/acme/Demo/link.yaml',
      'profiles/acme/Demo/metadata.yaml',
      'profiles/base/metadata.yaml',
      'profiles/custom/team/c.yml',
      'profiles/general/g.yaml',
      'recipes/r.yaml',
      'schemas/s.schema.json',
    ]);
  });

  it('takes named files as they are, and each once', () => {
    expect(find('elsewhere/compose.yaml', 'elsewhere', 'elsewhere/mine.yaml')).toEqual([
      'elsewhere/compose.yaml',
      'elsewhere/mine.yaml',
    ]);
  });

  it('refuses what is not there', () => {
    expect(() => find('missing')).toThrow(AimError);
  });
});

describe('classify', () => {
  const root = '/r/profiles';
  it.each([
    ['/r/profiles/acme/Demo/a.yaml', root, { kind: 'profile', layer: 'model', model: 'acme/Demo' }],
    ['/r/profiles/acme/Demo/deep/a.yaml', root, { kind: 'profile', layer: 'model', model: 'acme/Demo' }],
    ['/r/profiles/acme/Demo/metadata.yaml', root, { kind: 'model-metadata', layer: undefined, model: 'acme/Demo' }],
    ['/r/profiles/base/metadata.yaml', root, { kind: 'base-metadata' }],
    ['/r/profiles/general/a.yaml', root, { kind: 'profile', layer: 'general', model: undefined }],
    ['/r/profiles/custom/acme/Demo/a.yaml', root, { kind: 'profile', layer: 'custom', model: undefined }],
    ['/r/recipes/a.yaml', undefined, { kind: 'recipe' }],
    ['/r/schemas/a.schema.json', undefined, { kind: 'schema' }],
    ['/somewhere/a.yaml', undefined, { kind: 'profile', layer: 'custom', model: undefined }],
  ])('%s', (path, of, expected) => {
    expect(classify(path, of)).toMatchObject(expected);
  });
});
