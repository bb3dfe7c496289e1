import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { listModels } from '../images/catalog.ts';
import { catalogueFolders, loadModel, loadModels } from './catalogue.ts';
import { checkModel } from './check.ts';

const ROOT = join(import.meta.dirname, '../../..');
const folders = catalogueFolders(ROOT);
const NAME = 'qwen3-32b.yaml';
const TEXT = readFileSync(join(folders.models, NAME), 'utf8');

function problemsOf(find: string | RegExp, replace: string, name = NAME): string[] {
  const text = TEXT.replace(find, replace);
  if (name === NAME) expect(text).not.toBe(TEXT);
  return checkModel(text, name, folders.profiles).problems.map(
    ({ line, column, check, severity, message }) => `${line}:${column} ${severity} ${check}: ${message}`,
  );
}

describe('the catalogue here', () => {
  it('has an entry, without any problem, for every model that has profiles', () => {
    for (const file of readdirSync(folders.models)) {
      const text = readFileSync(join(folders.models, file), 'utf8');
      expect(checkModel(text, file, folders.profiles).problems, file).toEqual([]);
    }
    expect(loadModels(folders).map(({ id }) => id)).toEqual(listModels(folders.profiles).sort());
  });

  it('knows dimensions and the number of parameters of each', () => {
    for (const { id, parameters, size } of loadModels(folders)) {
      const [, experts = '1', billions = ''] = /^(?:(\d+)x)?([\d.]+)B$/.exec(size) ?? [];
      const nominal = Number(experts) * Number(billions) * 1e9;
      // Experts share all but their feed-forward blocks, so the nominal size is the upper bound.
      expect(parameters ?? 0, id).toBeGreaterThan(nominal * 0.75);
      expect(parameters ?? 0, id).toBeLessThan(nominal * 1.3);
    }
  });

  it('shows a model with its profiles and recipes, by its id or its name', () => {
    const model = loadModel(folders, 'qwen3-32B');
    expect(model).toMatchObject({ id: 'Qwen/Qwen3-32B', recipes: ['qwen3-32b-mi250-bf16'] });
    expect(model.dimensions?.layers).toBe(64);
    const files = readdirSync(join(folders.profiles, model.id)).filter((name) => name !== 'metadata.yaml');
    expect(model.serving.map(({ profile }) => `${profile}.yaml`).sort()).toEqual(files.sort());
    expect(() => loadModel(folders, 'Qwen/Qwen3-32')).toThrow(
      expect.objectContaining({ code: 'usage', hint: expect.stringContaining('Qwen/Qwen3-32B') as string }),
    );
  });

  it('can be filtered by tag', () => {
    const ids = loadModels(folders, 'reasoning').map(({ id }) => id);
    expect(ids).toContain('deepseek-ai/DeepSeek-R1-0528');
    expect(ids).not.toContain('Qwen/Qwen3-32B');
  });
});

describe('checking an entry', () => {
  it('finds what the schema forbids', () => {
    expect(problemsOf('size: 32B', 'size: huge')).toEqual([expect.stringMatching(/^7:1 error schema: size is "huge"/)]);
    expect(problemsOf(/gated: .*\n/, '')).toEqual([expect.stringMatching(/error schema: gated is missing/)]);
  });

  it('compares it with the name of the file', () => {
    expect(problemsOf('', '', 'qwen.yaml')).toEqual([
      '2:5 error file-name: the file of Qwen/Qwen3-32B is named qwen.yaml, not qwen3-32b.yaml',
    ]);
  });

  it('compares it with the profiles', () => {
    expect(problemsOf('  - fp8\n', '  - int4\n')).toEqual([
      expect.stringMatching(/error precisions: fp8 is served by a profile and missing here/),
      expect.stringMatching(/^9:5 error precisions: int4 is served by no profile/),
    ]);
    expect(problemsOf('Qwen/Qwen3-32B-FP8', 'Qwen/Other')).toHaveLength(2);
    expect(problemsOf('gated: false', 'gated: true')).toEqual([expect.stringMatching(/error gated: gated is true/)]);
    expect(problemsOf('profiles: Qwen/Qwen3-32B', 'profiles: Qwen/Nothing')).toEqual([
      expect.stringMatching(/error profiles: there are no valid profiles in .*Qwen\/Nothing/),
    ]);
    expect(problemsOf('profiles: Qwen/Qwen3-32B', 'profiles: null')).toEqual([]);
  });

  describe('with data beside it that cannot be read', () => {
    const scratch = mkdtempSync(join(tmpdir(), 'aim-models-'));
    afterAll(() => rmSync(scratch, { recursive: true }));
    const copy = (): { root: string; folder: string; metadata: string } => {
      const root = mkdtempSync(join(scratch, 'case-'));
      const folder = join(root, 'Qwen/Qwen3-32B');
      cpSync(join(folders.profiles, 'Qwen/Qwen3-32B'), folder, { recursive: true });
      const metadata = join(folder, 'metadata.yaml');
      rmSync(metadata);
      return { root, folder, metadata };
    };

    it.each<[string, (metadata: string) => void]>([
      ['is invalid', (metadata) => writeFileSync(metadata, 'com: 1\n')],
      ['is no YAML', (metadata) => writeFileSync(metadata, 'com: [\n')],
      ['is a folder', (metadata) => mkdirSync(metadata)],
    ])('reports metadata that %s, and lists the model', (_name, make) => {
      const { root, metadata } = copy();
      make(metadata);
      const { problems } = checkModel(TEXT, NAME, root);
      expect(new Set(problems.map(({ check, severity }) => `${severity} ${check}`))).toEqual(
        new Set(['error metadata']),
      );
      expect(problems[0]?.message).toContain(metadata);
      expect(problems[0]?.line).toBe(TEXT.split('\n').findIndex((line) => line.startsWith('profiles:')) + 1);
      const models = mkdtempSync(join(scratch, 'models-'));
      writeFileSync(join(models, NAME), TEXT);
      expect(loadModels({ ...folders, models, profiles: root }).map(({ id }) => id)).toEqual(['Qwen/Qwen3-32B']);
    });

    it('takes it as said when there is no metadata at all', () => {
      expect(checkModel(TEXT, NAME, copy().root).problems).toEqual([]);
    });

    it('reports profiles', () => {
      const { root, folder } = copy();
      rmSync(folder, { recursive: true });
      symlinkSync(folder, folder);
      expect(checkModel(TEXT, NAME, root).problems).toMatchObject([
        { check: 'profiles', message: expect.stringContaining('cannot read the profiles folder') as string },
      ]);
    });
  });

  it('wants the number of parameters exactly where nothing else tells it', () => {
    expect(problemsOf('size: 32B', 'size: 32B\nparameters: 32762123264')).toEqual([
      expect.stringMatching(/^8:1 error dimensions: .*leave them out/),
    ]);
    const unknown = TEXT.replaceAll('Qwen/Qwen3-32B', 'acme/New').replace('profiles: acme/New', 'profiles: null');
    expect(checkModel(unknown, 'new.yaml', folders.profiles).problems).toMatchObject([
      { check: 'dimensions', severity: 'warning' },
    ]);
  });
});
