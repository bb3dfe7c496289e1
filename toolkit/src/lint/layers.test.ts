import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { findProfileFiles } from 'aim-runtime/profile';
import { afterAll, expect, it } from 'vitest';
import { lintWithOptions } from './main.ts';

const scratch = mkdtempSync(join(tmpdir(), 'aim-lint-layers-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const PROFILE = 'aim_id: acme/Demo\nmodel_id: acme/Demo\nmetadata:\n  engine: vllm\n';
const metadataFor = (id: string): string =>
  `com:\n  amd:\n    aim:\n      model:\n        recommendedDeployments:\n          - profileId: ${id}\n`;
const METADATA = 'profiles/acme/Demo/metadata.yaml';

async function lint(files: Readonly<Record<string, string>>, ...rules: string[]): Promise<string[]> {
  const cwd = mkdtempSync(join(scratch, 'case-'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(cwd, name)), { recursive: true });
    writeFileSync(join(cwd, name), text);
  }
  const options = { paths: ['.'], cwd, config: undefined, version: undefined, rules, fix: false };
  const { findings } = await lintWithOptions(options);
  const read = findProfileFiles({ root: join(cwd, 'profiles'), model: 'acme/Demo' }).map(({ path }) => path);
  expect(findings.filter(({ rule, file }) => rule === 'file-unread' && read.includes(join(cwd, file)))).toEqual([]);
  return findings.map(({ rule, file, message }) => `${rule} ${file}: ${message}`);
}

it('sees the profiles of a model in all of its folders', async () => {
  const files = { 'profiles/acme/Demo/sub/x.yaml': PROFILE, [METADATA]: metadataFor('x') };
  expect(await lint(files, 'recommended-profile', 'file-unread')).toEqual([]);
});

it('knows no profile in a file that the runtime does not read', async () => {
  const files = { 'profiles/acme/Demo/x.yml': PROFILE, [METADATA]: metadataFor('x') };
  expect(await lint(files, 'recommended-profile', 'file-unread')).toEqual([
    `recommended-profile ${METADATA}: this model has no profile x`,
    'file-unread profiles/acme/Demo/x.yml: only custom/ may hold .yml files',
  ]);
});

it.each(['profiles/x.yaml', 'profiles/acme/x.yaml', 'profiles/base/x.yaml', 'profiles/general/x.yml'])(
  'calls %s a file that no layer reads, and says nothing of its folder and id',
  async (path) => {
    const found = await lint({ [path]: 'metadata: {}\n' }, 'file-unread', 'folder-aim-id', 'layer-ids', 'duplicate-id');
    expect(found.map((each) => each.split(':')[0])).toEqual([`file-unread ${path}`]);
  },
);

it.each(['profiles/custom/x.yml', 'profiles/custom/a/b/c/x.yaml', 'profiles/general/a/x.yaml'])(
  'knows that %s is read',
  async (path) => {
    expect(await lint({ [path]: 'metadata: {}\n' }, 'file-unread')).toEqual([]);
  },
);

it.each([
  ['acme/Demo', 'x'],
  ['general', 'general/x'],
])('reports an id that %s has twice', async (folder, id) => {
  const [first, second] = [`profiles/${folder}/a/x.yaml`, `profiles/${folder}/b/x.yaml`];
  expect(await lint({ [first]: PROFILE, [second]: PROFILE }, 'duplicate-id')).toEqual([
    `duplicate-id ${second}: ${id} is also the id of ${first}`,
  ]);
});

it('takes a file for a recipe by its own folder and text, not by the folders above', async () => {
  const files = {
    'recipes/tools/profiles/acme/Demo/x.yaml': 'metadata: 1\n',
    'recipes/mine.yaml': 'engine_args: 1\n',
    'recipes/demo.yaml': 'model_id: acme/Demo\n',
    'deep/recipes/acme/other.yaml': 'recipe_id: other\n',
  };
  const found = await lint(files, 'schema', 'recipe');
  expect(new Set(found.map((each) => each.split(':')[0]))).toEqual(
    new Set([
      'schema recipes/tools/profiles/acme/Demo/x.yaml',
      'schema recipes/mine.yaml',
      'recipe recipes/demo.yaml',
      'recipe deep/recipes/acme/other.yaml',
    ]),
  );
});
