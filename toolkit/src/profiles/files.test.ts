import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expandPaths, listProfileFiles, loadValidProfiles } from './find.ts';
import { formatFiles } from './format-files.ts';
import { parseModelFolder } from './naming.ts';
import { writeProfile } from './write.ts';

const PROFILE = 'model_id: x\naim_id: x\n';
const SORTED = 'aim_id: x\nmodel_id: x\n';
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'profile-files-'));
  const files = {
    'deployment.yaml': 'spec: {}\nkind: Deployment\n',
    'mine/a.yaml': PROFILE,
    'mine/.hidden/b.yaml': PROFILE,
    'node_modules/c.yaml': PROFILE,
    'recipes/d.yaml': 'recipe_id: d\n',
    'mine/metadata.yaml': 'aim_metadata: {}\n',
  };
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  symlinkSync('nowhere', join(folder, 'dangling.yaml'));
  mkdirSync(join(folder, 'folder.yaml'));
  symlinkSync('mine', join(folder, 'link.yaml'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('profiles below a folder', () => {
  it('are formatted, and no other file', () => {
    expect(expandPaths([folder])).toEqual([join(folder, 'mine/a.yaml')]);
    expect(formatFiles(expandPaths([folder]), { write: true }).changed).toEqual([join(folder, 'mine/a.yaml')]);
    expect(readFileSync(join(folder, 'mine/a.yaml'), 'utf8')).toBe(SORTED);
    expect(readFileSync(join(folder, 'deployment.yaml'), 'utf8')).toBe('spec: {}\nkind: Deployment\n');
    expect(readFileSync(join(folder, 'node_modules/c.yaml'), 'utf8')).toBe(PROFILE);
  });

  it('are listed as far as they are files, valid or not', () => {
    symlinkSync('itself.yaml', join(folder, 'itself.yaml'));
    const names = listProfileFiles(folder).map((path) => path.slice(folder.length + 1));
    expect(names).toEqual(['deployment.yaml', 'mine/a.yaml', 'recipes/d.yaml']);
  });

  it('are loaded past the invalid ones, which are named', () => {
    const good = join(folder, 'mine/good.yaml');
    const metadata = '{engine: vllm, gpu: MI300X, precision: fp8, gpu_count: 1, metric: latency, type: unoptimized}';
    writeFileSync(good, `metadata: ${metadata}\n`);
    const files = [join(folder, 'deployment.yaml'), good, join(folder, 'nothing.yaml')];
    const { profiles, invalid } = loadValidProfiles(files);
    expect(profiles.map(({ path }) => path)).toEqual([good]);
    expect(invalid).toEqual([files[0], files[2]]);
  });

  it('must be there', () => {
    for (const path of ['nothing', 'dangling.yaml']) {
      expect(() => expandPaths([join(folder, path)])).toThrow(expect.objectContaining({ code: 'usage' }));
    }
    expect(() => listProfileFiles(join(folder, 'nothing'))).toThrow(expect.objectContaining({ code: 'usage' }));
    expect(() => formatFiles([join(folder, 'folder.yaml')], { write: true })).toThrow(
      expect.objectContaining({ code: 'usage' }),
    );
  });
});

describe('writing a profile', () => {
  const write = (output: string) =>
    writeProfile(
      { fileName: 'a.yaml', text: PROFILE, notes: [], aimId: undefined },
      { root: folder, output, overwrite: true, dryRun: false },
    );

  it('says why a place cannot be written, and leaves nothing behind', () => {
    for (const place of ['mine/a.yaml/below.yaml', 'folder.yaml']) {
      expect(() => write(join(folder, place))).toThrow(expect.objectContaining({ code: 'environment' }));
    }
    expect(readdirSync(join(folder, 'folder.yaml'))).toEqual([]);
  });

  it.each(['../..', 'foo', 'a/b/c', 'general/x', 'custom/x', 'base/x', '/etc/x', ''])(
    'refuses %j as a model',
    (name) => {
      expect(() => parseModelFolder(name)).toThrow(expect.objectContaining({ code: 'usage' }));
    },
  );
});
