import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HERE, renderCommand } from './docker.ts';

/** What a program is called with by each of some command lines, in a shell that stands in for it. */
function argvOf(commands: readonly string[]): string[][] {
  const script = [`docker() { printf '%s\\0' "$#" "$@"; }`, ...commands].join('\n');
  const run = spawnSync('/bin/sh', ['-c', script], { cwd: '/usr', encoding: 'utf8' });
  expect([run.status, run.stderr]).toEqual([0, '']);
  const words = run.stdout.split('\0').slice(0, -1);
  const calls: string[][] = [];
  while (words.length > 0) calls.push(words.splice(0, Number(words.shift())));
  return calls;
}

describe('a command line', () => {
  it('reaches the program as it was planned, whatever its words hold', () => {
    // No argument of a program holds a NUL; lone surrogates cannot be written.
    const word = fc.oneof(
      fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0') && text.isWellFormed()),
      fc.constantFrom("it's", '$HOME', '`id`', '"', '\\', '\n', '--env', '', '$PWD', '!', '*'),
    );
    fc.assert(
      fc.property(fc.array(fc.array(word, { maxLength: 6 }), { minLength: 20, maxLength: 20 }), (calls) => {
        const commands = calls.map((words) => renderCommand(['docker', 'run', '--rm', ...words]));
        expect(argvOf(commands)).toEqual(calls.map((words) => ['run', '--rm', ...words]));
      }),
      { numRuns: 3 },
    );
  }, 30_000);

  it('names files by the folder of the script', () => {
    const mount = (place: string) => `type=bind,source=${place}/a.yaml,target=/x`;
    expect(argvOf([renderCommand(['docker', 'run', mount(HERE)])])).toEqual([['run', mount('/usr')]]);
  });
});
