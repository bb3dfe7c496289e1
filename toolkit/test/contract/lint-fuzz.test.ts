import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createTextChecker } from '../../../bench/lib/lint-inputs.ts';
import { createNoise, createRandom, mutateText } from '../../../bench/lib/mutate.ts';

const PROFILES = join(import.meta.dirname, '../../../profiles');
const texts = readdirSync(PROFILES, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => readFileSync(join(PROFILES, name), 'utf8'));

it('gives every finding a place in the text, whatever the text is', async () => {
  const check = await createTextChecker();
  const kind = fc.constantFrom('profile', 'model-metadata', 'base-metadata', 'recipe', 'schema');
  let findings = 0;
  fc.assert(
    fc.property(kind, fc.constantFrom(...texts), fc.integer(), fc.boolean(), (of, text, seed, isNoise) => {
      const random = createRandom(seed);
      const result = check(isNoise ? createNoise(random) : mutateText(text, random), of);
      findings += result.findings;
      expect(result.misplaced).toEqual([]);
    }),
    { numRuns: 2_000 },
  );
  // A checker that reports nothing would pass, too.
  expect(findings).toBeGreaterThan(2_000);
});

it.each([
  ['brackets in YAML', '['.repeat(100_000), 'profile'],
  ['mappings in YAML', '{a: '.repeat(50_000), 'profile'],
  ['brackets in JSON', '['.repeat(500_000), 'schema'],
  [
    'aliases that double',
    `a: &a [x]\n${Array.from({ length: 40 }, (_, i) => `b${i}: &b${i} [*${i ? `b${i - 1}` : 'a'}, *${i ? `b${i - 1}` : 'a'}]`).join('\n')}\n`,
    'profile',
  ],
  ['a long line', `engine_args:\n  a: ${'x '.repeat(200_000)}\n`, 'profile'],
  ['many keys', Array.from({ length: 20_000 }, (_, i) => `k${i}: 1`).join('\n'), 'profile'],
  ['one key many times', 'k: 1\n'.repeat(5_000), 'profile'],
  ['spaces before a comment mark', `a: ${' '.repeat(100_000)}x # aim-lint-disable`, 'profile'],
] as const)('survives %s', async (_, text, kind) => {
  const check = await createTextChecker();
  const result = check(text, kind);
  expect(result.findings).toBeGreaterThan(0);
  expect(result.misplaced).toEqual([]);
});
