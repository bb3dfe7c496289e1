import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { catalogueFolders } from '../models/catalogue.ts';
import { loadModelFacts, type DocumentedProfile } from './facts.ts';

const REPOSITORY = join(import.meta.dirname, '../../..');
const MODEL = 'Qwen/Qwen3-32B';
const NAME = 'vllm-mi300x-fp8-tp1-latency';
const signal = new AbortController().signal;

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'aim-facts-'));
  mkdirSync(join(root, 'profiles/Qwen'), { recursive: true });
  cpSync(join(REPOSITORY, 'profiles', MODEL), join(root, 'profiles', MODEL), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true }));

async function load(): Promise<DocumentedProfile | undefined> {
  const folders = { ...catalogueFolders(REPOSITORY), profiles: join(root, 'profiles') };
  const { models } = await loadModelFacts(folders, signal);
  return models.find(({ aimId }) => aimId === MODEL)?.serving.find(({ id }) => id === NAME);
}

const profile = (ending = 'yaml') => join(root, 'profiles', MODEL, `${NAME}.${ending}`);

describe('the memory of a documented profile', () => {
  it('is told whichever ending its file has', async () => {
    const known = (await load())?.memory;
    expect(known).toMatchObject({ contextTokens: expect.any(Number) as number });
    writeFileSync(profile('yml'), readFileSync(profile()));
    rmSync(profile());
    expect((await load())?.memory).toEqual(known);
  });

  it('is unknown only for a model that the table does not hold', async () => {
    const text = readFileSync(profile(), 'utf8');
    writeFileSync(profile(), text.replace(/^model_id: .*$/m, 'model_id: nobody/New'));
    expect((await load())?.memory).toBeNull();
  });
});
