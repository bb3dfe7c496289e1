import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AimError } from 'aim-runtime/system';
import { afterAll, describe, expect, it } from 'vitest';
import { findConfig, parseConfig } from './config.ts';

const RULES = ['swap-space', 'user-path'];
const scratch = mkdtempSync(join(tmpdir(), 'aim-lint-config-'));
afterAll(() => rmSync(scratch, { recursive: true }));

function problemsOf(text: string): readonly string[] {
  try {
    parseConfig(text, 'c.yaml', RULES);
    return [];
  } catch (error) {
    if (error instanceof AimError) return error.details;
    throw error;
  }
}

describe('configuration', () => {
  it('gives rules severities and names files to leave out', () => {
    const text =
      'lint:\n  minimum: warning\n  rules:\n    swap-space: off\n    user-path: error\n  ignore: ["custom/**"]\n';
    const config = parseConfig(text, 'c.yaml', RULES);
    expect([...config.levels]).toEqual([
      ['swap-space', 'off'],
      ['user-path', 'error'],
    ]);
    expect(config).toMatchObject({ minimum: 'warning', ignore: ['custom/**'] });
  });

  it.each(['', '# nothing\n', 'other: 1\n', 'lint:\n'])('may say nothing: %j', (text) => {
    expect(problemsOf(text)).toEqual([]);
  });

  it.each([
    ['lint:\n  rules:\n    swap-spaec: off\n', 'c.yaml:3:5: there is no rule swap-spaec; did you mean swap-space?'],
    ['lint:\n  rules:\n    swap-space: loud\n', 'c.yaml:3:5: swap-space is loud; allowed: error, warning, info, off'],
    ['lint:\n  rulse: {}\n', 'c.yaml:2:3: lint.rulse is not a known key; known: rules, minimum, ignore'],
    ['lint:\n  minimum: all\n', 'c.yaml:2:3: lint.minimum must be one of error, warning, info'],
    ['lint:\n  ignore: custom\n', 'c.yaml:2:3: lint.ignore is no list of globs'],
    ['lint: 1\n', 'c.yaml:1:1: lint is no mapping'],
    ['lint: [\n', 'c.yaml:2:1:'],
  ])('says where it is wrong: %j', (text, problem) => {
    expect(problemsOf(text)[0]).toContain(problem);
  });

  it('is looked for in the folder and above', () => {
    const folder = join(scratch, 'a/b');
    mkdirSync(folder, { recursive: true });
    const file = join(scratch, 'aimctl.config.yaml');
    writeFileSync(file, '');
    expect(findConfig(folder)).toBe(file);
    const own = join(folder, 'aimctl.config.yaml');
    writeFileSync(own, '');
    expect(findConfig(folder)).toBe(own);
  });
});
