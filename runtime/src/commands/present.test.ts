import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { renderCommandLine, renderScript } from './present.ts';

it('quotes so that a shell reads the same words back', () => {
  const word = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !text.includes('\0'));
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 4 }), (words) => {
      const output = execFileSync('/bin/sh', ['-c', `printf '%s\\0' ${renderCommandLine(words)}`], {
        encoding: 'utf8',
      });
      expect(output.split('\0').slice(0, -1)).toEqual(words);
    }),
    { numRuns: 100 },
  );
});

it('writes one argument group per line', () => {
  expect(
    renderScript(['python3', '-m', 'vllm', '--model', 'org/model', '--flag', '--json', '{"a": 1}'], { A: 'b c' }),
  ).toEqual([
    '#!/bin/sh',
    "export A='b c'",
    'exec python3 -m vllm \\',
    '  --model org/model \\',
    '  --flag \\',
    `  --json '{"a": 1}'`,
  ]);
});
