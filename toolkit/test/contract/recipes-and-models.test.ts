import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const REPOSITORY = join(import.meta.dirname, '../../..');
const AIMCTL = join(REPOSITORY, 'toolkit/bin/aimctl.js');
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'aimctl-recipes-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function aimctl(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const env = { ...process.env, HF_HUB_OFFLINE: '1' };
  return spawnSync(process.execPath, [AIMCTL, ...args], { env, cwd: folder, encoding: 'utf8' });
}

/** The object that a command prints, checked against the command's schema. */
function json(args: readonly [string, string, ...string[]], status = 0): unknown {
  const run = aimctl(...args, '--json');
  expect(run.status, run.stderr).toBe(status);
  const file = join(REPOSITORY, `schemas/cli/${args[0]}-${args[1]}.schema.json`);
  const validate = new Ajv({ strict: true, allowUnionTypes: true }).compile(
    JSON.parse(readFileSync(file, 'utf8')) as object,
  );
  const value: unknown = JSON.parse(run.stdout);
  expect(validate(value), JSON.stringify(validate.errors)).toBe(true);
  return value;
}

interface Validation {
  readonly files: readonly { file: string; problems: readonly { check: string; line: number }[] }[];
  readonly summary: { files: number; errors: number };
}
interface Conversion {
  readonly files: readonly { name: string; text: string; written: string | null }[];
  readonly notes: readonly { message: string }[];
}

describe('aimctl recipe', () => {
  it('validates the recipes here, a folder, and a file', () => {
    expect((json(['recipe', 'validate']) as Validation).summary.errors).toBe(0);
    cpSync(join(REPOSITORY, 'recipes'), join(folder, 'recipes'), { recursive: true });
    const file = join('recipes', 'llama-3-8b-mi250-fp16.yaml');
    const text = readFileSync(join(folder, file), 'utf8').replace('enabled: true', 'enabled: false');
    writeFileSync(join(folder, file), text);
    const report = json(['recipe', 'validate', '--dir', 'recipes'], 3) as Validation;
    expect(report.summary).toMatchObject({ files: 4, errors: 1 });
    expect(report.files.find((each) => each.file === file)?.problems).toMatchObject([{ check: 'enabled' }]);
    const one = aimctl('recipe', 'validate', file);
    expect(one.status).toBe(3);
    expect(one.stdout).toMatch(/^recipes\/llama-3-8b-mi250-fp16\.yaml:\d+:\d+: error: no configuration is enabled/);
    expect(aimctl('recipe', 'validate', 'nothing.yaml').status).toBe(2);
    expect(aimctl('recipe', 'validate', '--dir', 'nothing').status).toBe(2);
  });

  it('writes profiles that lint accepts, and never over others unasked', () => {
    const recipe = join(REPOSITORY, 'recipes/qwen3-32b-mi250-bf16.yaml');
    const shown = json(['recipe', 'import', recipe]) as Conversion;
    expect(shown.files.every(({ written }) => written === null)).toBe(true);
    expect(readdirSync(folder)).toEqual([]);
    const args = ['recipe', 'import', recipe, '--output', 'custom'] as const;
    expect((json(args) as Conversion).files.map(({ written }) => written)).toEqual(Array(5).fill('created'));
    expect((json(args) as Conversion).files.map(({ written }) => written)).toEqual(Array(5).fill('unchanged'));
    const profile = join(folder, 'custom/Qwen/Qwen3-32B/vllm-mi250x-bf16-tp4-latency.yaml');
    expect(readFileSync(profile, 'utf8')).toContain('max-num-seqs: 24\n');
    writeFileSync(profile, `${readFileSync(profile, 'utf8')}# mine\n`);
    const refused = aimctl(...args);
    expect(refused.status).toBe(3);
    expect(refused.stderr).toContain('--force');
    expect(readFileSync(profile, 'utf8')).toContain('# mine');
    expect(aimctl(...args, '--force').status).toBe(0);
    expect(aimctl('lint', profile).status).toBe(0);

    const back = json(['recipe', 'export', 'custom', '--output', 'recipes']) as Conversion;
    expect(back.files.map(({ name }) => name)).toEqual(['qwen3-32b-mi250-bf16.yaml']);
    expect((json(['recipe', 'validate', '--dir', 'recipes']) as Validation).summary.errors).toBe(0);
    const again = json(['recipe', 'import', '--dir', 'recipes']) as Conversion;
    expect(again.files.map(({ name, text }) => [name, text]).sort()).toEqual(
      shown.files.map(({ name, text }) => [name, text]).sort(),
    );
  });

  it('imports nothing of a recipe that is not valid', () => {
    writeFileSync(join(folder, 'broken.yaml'), 'recipe_id: broken\n');
    const run = aimctl('recipe', 'import', 'broken.yaml', '--output', 'out');
    expect(run.status).toBe(3);
    expect(run.stderr).toMatch(/broken\.yaml:1:1: model_id is missing/);
    expect(readdirSync(folder)).toEqual(['broken.yaml']);
  });
});

describe('aimctl model', () => {
  it('lists, shows and validates the catalogue', () => {
    const { models } = json(['model', 'list']) as { models: { id: string }[] };
    expect(models.length).toBeGreaterThan(10);
    expect((json(['model', 'show', 'qwen3-32b']) as { id: string }).id).toBe('Qwen/Qwen3-32B');
    expect((json(['model', 'validate']) as Validation).summary).toMatchObject({ files: models.length, errors: 0 });
    expect(aimctl('model', 'show', 'Qwen/Qwen3-3B').status).toBe(2);
  });

  it('keeps no card offline where there is none, and says so', () => {
    const { cards } = json(['model', 'cards', 'Qwen/Qwen3-32B'], 5) as { cards: { outcome: string }[] };
    expect(cards).toMatchObject([{ outcome: 'missing' }]);
    expect(readdirSync(folder)).toEqual([]);
  });
});
