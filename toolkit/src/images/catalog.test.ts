import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listModels, listSchemas, loadMetadata, loadModelProfiles, resolveModels } from './catalog.ts';

const PROFILE =
  'aim_id: acme/Tiny\nmodel_id: acme/Tiny\nmetadata:\n  engine: vllm\n  gpu: MI300X\n  precision: fp16\n  gpu_count: 1\n' +
  '  metric: latency\n  manual_selection_only: false\n  type: optimized\nengine_args:\n  dtype: float16\nenv_vars: {}\n';
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'catalog-'));
  put('acme/Tiny/p.yaml', PROFILE);
  put('acme/Tiny/metadata.yaml', 'org: [');
  put('acme/Other-8B/q.yaml', 'metadata:\n  engine: vlm\n');
  put('general/g.yaml', '');
  put('base/metadata.yaml', '');
});
afterEach(() => rmSync(folder, { recursive: true }));

function put(name: string, text: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
}

describe('the models of a profiles folder', () => {
  it("are its organisations' folders, not general, custom or base", () => {
    expect(listModels(folder)).toEqual(['acme/Other-8B', 'acme/Tiny']);
    expect(resolveModels(folder, { names: [], all: true })).toEqual(['acme/Other-8B', 'acme/Tiny']);
    expect(resolveModels(folder, { names: ['acme/Tiny', 'acme/Tiny'], all: false })).toEqual(['acme/Tiny']);
  });

  it.each([
    { name: 'acme/tiny', meant: 'acme/Tiny' },
    { name: 'acme/Tinny', meant: 'acme/Tiny' },
    { name: 'someone-else/other-8b', meant: 'acme/Other-8B' },
  ])('suggests $meant for $name', ({ name, meant }) => {
    expect(() => resolveModels(folder, { names: [name], all: false })).toThrow(
      expect.objectContaining({ code: 'usage', hint: expect.stringContaining(meant) as string }),
    );
  });

  it('gives profiles only, and refuses a folder with an invalid one, naming the position', () => {
    expect(loadModelProfiles(folder, 'acme/Tiny')).toEqual([
      { name: 'p.yaml', source: join(folder, 'acme/Tiny/p.yaml') },
    ]);
    expect(() => loadModelProfiles(folder, 'acme/Other-8B')).toThrow(
      expect.objectContaining({
        code: 'check-failed',
        details: expect.arrayContaining([expect.stringMatching(/q\.yaml:2:\d+: /) as string]) as string[],
      }),
    );
  });

  it('refuses invalid or missing metadata', () => {
    expect(() => loadMetadata(folder, 'acme/Tiny')).toThrow(
      expect.objectContaining({
        code: 'check-failed',
        details: [expect.stringMatching(/metadata\.yaml:1:\d+: /)] as string[],
      }),
    );
    expect(() => loadMetadata(folder, 'acme/Other-8B')).toThrow(/is missing/);
  });

  it('says so when the folder does not exist', () => {
    expect(() => listModels(join(folder, 'none'))).toThrow(expect.objectContaining({ code: 'usage' }));
  });
});

it("listSchemas leaves out the schemas of this program's output", () => {
  put('schemas/cli/x.schema.json', '{}');
  put('schemas/engine-args/v.schema.json', '{}');
  put('schemas/README.md', '');
  expect(listSchemas(join(folder, 'schemas')).map(({ name }) => name)).toEqual(['engine-args/v.schema.json']);
});
