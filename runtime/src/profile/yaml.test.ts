import { describe, expect, it } from 'vitest';
import { parseYaml } from './yaml.ts';

describe('parseYaml', () => {
  it('follows aliases and merge keys', () => {
    const result = parseYaml('base: &b {a: 1}\nmore:\n  <<: *b\n  b: 2\n');
    expect(result).toMatchObject({ ok: true, value: { more: { a: 1, b: 2 } } });
  });

  it('takes the last of two equal keys and says where the second stands', () => {
    const result = parseYaml('a: 1\nb: 2\na: 3\n');
    expect(result).toMatchObject({ ok: true, value: { a: 3, b: 2 }, warnings: [{ line: 3, column: 1 }] });
  });

  it('refuses aliases that blow up, without spending the memory', () => {
    const levels = Array.from(
      { length: 9 },
      (_, i) =>
        `l${i}: &l${i} [${Array(9)
          .fill(i === 0 ? 'x' : `*l${i - 1}`)
          .join(', ')}]`,
    );
    const result = parseYaml(levels.join('\n'));
    expect(result).toMatchObject({ ok: false, problem: { message: expect.stringContaining('aliases') as string } });
  });

  it('refuses an alias of itself', () => {
    expect(parseYaml('&a [*a]')).toMatchObject({ ok: false });
  });

  it.each([
    ['two documents', 'a: 1\n---\nb: 2\n'],
    ['an unknown tag', 'a: !mine 1\n'],
    ['a code tag', 'a: !!python/name:os.system\n'],
    ['nothing', ''],
  ])('refuses %s', (_, text) => {
    expect(parseYaml(text).ok).toBe(false);
  });

  it('gives the position of a syntax error', () => {
    expect(parseYaml('metadata:\n\tengine: vllm\n')).toMatchObject({ ok: false, problem: { line: 2, column: 1 } });
  });
});
