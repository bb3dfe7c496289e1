import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measure, type Sample } from './lib/measure.ts';
import { writeCatalogue } from './lib/lint-tree.ts';

const MANY = 10_000;
const FEW = 1_000;
const repository = join(import.meta.dirname, '..');
const aimctl = join(repository, 'toolkit/bin/aimctl.js');
const baseline = join(import.meta.dirname, 'lib/lint-baseline.py');
const runs = Number(process.argv[2] ?? 3);

const scratch = mkdtempSync(join(tmpdir(), 'aim-bench-lint-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));
const many = join(scratch, 'many/profiles');
const catalogue = join(repository, 'profiles');
const manyCount = writeCatalogue(catalogue, many, MANY);
const few = join(scratch, 'few/profiles');
const fewCount = writeCatalogue(catalogue, few, FEW);

const python = ['python3', '/usr/bin/python3'].find(
  (each) => spawnSync(each, ['-c', 'import yaml, jsonschema']).status === 0,
);
if (python === undefined) {
  console.log('python3 with PyYAML and jsonschema is missing (Debian: python3-yaml python3-jsonschema): no comparison');
}

const lint = (name: string, path: string): Sample => ({
  name,
  argv: [process.execPath, aimctl, 'lint', path, '--config', join(repository, 'aimctl.config.yaml')],
});
const compare = (name: string, path: string, mode: string): Sample[] =>
  python === undefined ? [] : [{ name, argv: [python, baseline, join(repository, 'schemas'), path, mode] }];
const names = {
  catalogue: 'aimctl lint, the catalogue',
  many: `aimctl lint, ${manyCount} profiles`,
  few: `aimctl lint, ${fewCount} profiles`,
  validate: `PyYAML, jsonschema.validate(), ${fewCount}`,
  prepared: `PyYAML, prepared validators, ${manyCount}`,
  libyaml: `libyaml, prepared validators, ${manyCount}`,
};
const timings = new Map(
  [
    ...measure([lint(names.catalogue, catalogue)], runs * 3),
    ...measure([lint(names.few, few), ...compare(names.validate, few, 'validate')], runs),
    ...measure(
      [
        lint(names.many, many),
        ...compare(names.prepared, many, 'prepared'),
        ...compare(names.libyaml, many, 'libyaml'),
      ],
      runs,
    ),
  ].map((timing) => [timing.name, timing]),
);
for (const { name, medianMs, minMs, maxMs } of timings.values()) {
  console.log(
    `${name.padEnd(46)} median ${medianMs.toFixed(0).padStart(7)} ms   min ${minMs.toFixed(0).padStart(7)}   max ${maxMs.toFixed(0).padStart(7)}`,
  );
}
const median = (name: string): number => timings.get(name)?.medianMs ?? Number.NaN;
const rows: readonly (readonly [string, number, string])[] = [
  ['the catalogue with start-up, ms', median(names.catalogue), 'under 1000'],
  [`${manyCount} profiles with start-up, s`, median(names.many) / 1000, 'under 15'],
  ['times faster than PyYAML with jsonschema.validate()', median(names.validate) / median(names.few), 'at least 20'],
  ['times faster than PyYAML with prepared validators', median(names.prepared) / median(names.many), 'to compare'],
  ['times faster than libyaml with prepared validators', median(names.libyaml) / median(names.many), 'to compare'],
];
console.log('');
for (const [name, value, target] of rows) console.log(`${name.padEnd(52)} ${value.toFixed(2).padStart(8)}   ${target}`);
