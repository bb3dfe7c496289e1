import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createTextChecker } from './lib/lint-inputs.ts';
import { createNoise, createRandom, mutateText } from './lib/mutate.ts';

const LIMIT_MS = 200;
const count = Number(process.argv[2] ?? 100_000);
const seed = Number(process.argv[3] ?? 1);
const profiles = join(import.meta.dirname, '../profiles');
const random = createRandom(seed);
const read = (name: string): string => readFileSync(join(profiles, name), 'utf8');
const names = readdirSync(profiles, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.yaml'));
const texts = names.filter((name) => !name.endsWith('metadata.yaml')).map(read);
const metadata = names.filter((name) => name.endsWith('metadata.yaml')).map(read);
const schema = readFileSync(join(profiles, '../schemas/profile.schema.json'), 'utf8');
const check = await createTextChecker();

let slowestMs = 0;
let findings = 0;
let silent = 0;
const failures: string[] = [];
const startMs = performance.now();
for (let index = 0; index < count && failures.length < 20; index++) {
  const kind = (['profile', 'profile', 'profile', 'model-metadata', 'schema'] as const)[index % 5] ?? 'profile';
  const sources = kind === 'profile' ? texts : kind === 'schema' ? [schema] : metadata;
  const text =
    random() < 0.25 ? createNoise(random) : mutateText(sources[Math.floor(random() * sources.length)] ?? '', random);
  try {
    const first = check(text, kind);
    // What is slow every time is slow; once, it was the machine.
    const result = first.elapsedMs <= LIMIT_MS ? first : check(text, kind);
    slowestMs = Math.max(slowestMs, result.elapsedMs);
    findings += result.findings;
    if (result.findings === 0) silent++;
    const problems = [
      ...result.misplaced,
      ...(result.elapsedMs > LIMIT_MS ? [`took ${result.elapsedMs.toFixed(0)} ms`] : []),
    ];
    failures.push(...problems.map((problem) => `${kind}: ${problem}: ${JSON.stringify(text.slice(0, 2_000))}`));
  } catch (error) {
    failures.push(
      `${kind}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}: ${JSON.stringify(text.slice(0, 2_000))}`,
    );
  }
}
const seconds = (performance.now() - startMs) / 1000;
console.log(
  `${count} texts (seed ${seed}) in ${seconds.toFixed(1)} s: ${findings} findings, ${silent} texts without any`,
);
console.log(`slowest text ${slowestMs.toFixed(1)} ms   at most ${LIMIT_MS}`);
console.log(`crashes, slow texts and findings without a place ${failures.length}   none`);
for (const failure of failures) console.log(failure);
process.exitCode = failures.length > 0 ? 1 : 0;
