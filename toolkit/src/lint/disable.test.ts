import { describe, expect, it } from 'vitest';
import { applyDirectives } from './disable.ts';
import type { FixableFinding } from './finding.ts';
import { createFileReader } from './lint-file.ts';

const place = { kind: 'profile', root: undefined, layer: 'custom', model: undefined } as const;
const RULES = { all: ['swap-space', 'user-path'], active: new Set(['swap-space', 'user-path']) };

function apply(text: string, found: readonly { rule: string; line: number }[], rules = RULES) {
  const file = createFileReader()({ ...place, path: '/p.yaml', shown: 'p.yaml', content: { text } });
  const base = { severity: 'error', file: 'p.yaml', column: 1, message: '', why: '', fix: undefined } as const;
  const findings: FixableFinding[] = found.map((each) => ({ ...base, ...each }));
  const { findings: left, problems } = applyDirectives(file, findings, rules);
  return {
    left: left.map(({ rule, line }) => `${rule}:${line}`),
    problems: problems.map(({ rule, problem }) => `${rule.id}:${'line' in problem.at ? problem.at.line : '?'}`),
  };
}

describe('disable comments', () => {
  it.each([
    ['its own line', 'a: 1 # aim-lint-disable swap-space -- measured\n', 1],
    ['the next line', '# aim-lint-disable-next-line swap-space -- measured\na: 1\n', 2],
    ['the whole file', 'a: 1\nb: 2\n# aim-lint-disable-file swap-space -- measured\n', 2],
  ])('turn a rule off for %s', (_, text, line) => {
    expect(apply(text, [{ rule: 'swap-space', line }])).toEqual({ left: [], problems: [] });
  });

  it('leave other rules and other lines alone, and are then reported as unused', () => {
    const text = 'a: 1 # aim-lint-disable swap-space -- measured\n';
    expect(apply(text, [{ rule: 'user-path', line: 1 }])).toEqual({
      left: ['user-path:1'],
      problems: ['disable-unused:1'],
    });
    expect(apply(text, [{ rule: 'swap-space', line: 2 }])).toEqual({
      left: ['swap-space:2'],
      problems: ['disable-unused:1'],
    });
  });

  it('turn several rules off, each of which must be used', () => {
    const text = 'a: 1 # aim-lint-disable swap-space, user-path -- measured\n';
    expect(apply(text, [{ rule: 'swap-space', line: 1 }])).toEqual({ left: [], problems: ['disable-unused:1'] });
  });

  it.each([
    ['a: 1 # aim-lint-disable swap-space\n', 'disable-reason:1'],
    ['a: 1 # aim-lint-disable swap-space --\n', 'disable-reason:1'],
    ['a: 1 # aim-lint-disable\n', 'disable-reason:1'],
    ['a: 1 # aim-lint-disable swap-spaec -- typo\n', 'disable-unused:1'],
  ])('turn nothing off when they are not sound: %s', (text, problem) => {
    expect(apply(text, [{ rule: 'swap-space', line: 1 }])).toEqual({ left: ['swap-space:1'], problems: [problem] });
  });

  it('are not called unused when their rule did not run', () => {
    const text = 'a: 1 # aim-lint-disable swap-space -- measured\n';
    expect(apply(text, [], { ...RULES, active: new Set(['user-path']) }).problems).toEqual([]);
  });
});
