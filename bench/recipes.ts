import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findRecipes } from '../toolkit/src/recipes/find.ts';

const MODEL = 'Qwen/Qwen3-32B';
const COUNTS = [100, 10_000];
const CALLS = 50;
const rounds = Number(process.argv[2] ?? 60);

const repository = join(import.meta.dirname, '..');
const sample = readFileSync(join(repository, 'recipes/qwen3-32b-mi250-bf16.yaml'), 'utf8');
const scratch = mkdtempSync(join(tmpdir(), 'aim-bench-recipes-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));

/** A folder with the recipes of one model among so many of others. */
function makeFolder(count: number): string {
  const folder = join(scratch, String(count));
  mkdirSync(folder);
  const put = (name: string, text: string) => writeFileSync(join(folder, `${name}.yaml`), text);
  for (const precision of ['bf16', 'fp16', 'fp8']) {
    const id = `qwen3-32b-mi250-${precision}`;
    put(id, sample.replace('qwen3-32b-mi250-bf16', id).replace('precision: bf16', `precision: ${precision}`));
  }
  for (let index = 3; index < count; index++) {
    const id = `model-${index}b-mi250-bf16`;
    put(id, sample.replaceAll('qwen3-32b-mi250-bf16', id).replaceAll(MODEL, `org/Model-${index}B`));
  }
  return folder;
}

/** Milliseconds of one call, as the mean of many. */
function timeOnce(folder: string): number {
  const start = performance.now();
  for (let call = 0; call < CALLS; call++) {
    const { recipes } = findRecipes(folder, MODEL);
    if (recipes.length !== 3) throw new Error(`${recipes.length} recipes found in ${folder}`);
  }
  return (performance.now() - start) / CALLS;
}

const [few = '', many = ''] = COUNTS.map(makeFolder);
const pairs: { readonly fewMs: number; readonly manyMs: number }[] = [];
for (let round = -3; round < rounds; round++) {
  // In turn, and the first one changes: what slows the machine for a while slows both.
  const manyFirst = round % 2 === 0 ? timeOnce(many) : undefined;
  const fewMs = timeOnce(few);
  const manyMs = manyFirst ?? timeOnce(many);
  if (round >= 0) pairs.push({ fewMs, manyMs }); // the first rounds warm the compiler and the page cache
}

const medianOf = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
const fewMs = medianOf(pairs.map((pair) => pair.fewMs));
const manyMs = medianOf(pairs.map((pair) => pair.manyMs));
const ratio = medianOf(pairs.map((pair) => pair.manyMs / pair.fewMs));
console.log(`   100 recipes   ${fewMs.toFixed(3)} ms to load one model's three`);
console.log(`10,000 recipes   ${manyMs.toFixed(3)} ms to load one model's three`);
console.log(`\n10,000 / 100 recipes, pair by pair ${ratio.toFixed(3)}   at most 1.05`);
