import fc from 'fast-check';
import { createYamlIndex, parseYaml } from 'aim-runtime/profile';
import { describe, expect, it } from 'vitest';
import { applyFixes, findEffective } from './apply-fixes.ts';
import type { Fix } from './finding.ts';

const TEXT = `# top
engine_args:
  # above
  old_name: 1 # beside
  gone: 2
  'quoted': yes please # kept
  list:
    - 1
  flag: false
env_vars:
  N: 112
`;
const at = (key: string, section = 'engine_args'): string[] => [section, key];

describe('applyFixes', () => {
  it.each<[string, Fix, string, string]>([
    [
      'renames',
      { kind: 'rename', path: at('old_name'), name: 'old-name' },
      '  old_name: 1 # beside',
      '  old-name: 1 # beside',
    ],
    ['renames a quoted key', { kind: 'rename', path: at('quoted'), name: 'plain' }, `  'quoted': yes`, '  plain: yes'],
    ['deletes a line', { kind: 'delete', path: at('gone') }, '  gone: 2\n', ''],
    [
      'keeps the comment of a deleted line',
      { kind: 'delete', path: at('old_name') },
      'old_name: 1 # beside',
      '# beside',
    ],
    ['turns a false flag around', { kind: 'flag', path: at('flag'), name: 'no-flag' }, 'flag: false', 'no-flag:'],
    ['writes a value', { kind: 'value', path: at('gone'), text: '"3"' }, 'gone: 2', 'gone: "3"'],
    ['quotes as it is written', { kind: 'quote', path: at('N', 'env_vars') }, 'N: 112', 'N: "112"'],
  ])('%s', (_, fix, from, to) => {
    expect(TEXT).toContain(from);
    expect(applyFixes(TEXT, [fix])).toBe(TEXT.replace(from, to));
  });

  it('keeps what it cannot take away whole, and what is not there', () => {
    expect(applyFixes(TEXT, [{ kind: 'delete', path: at('list') }])).toBe(TEXT);
    expect(applyFixes(TEXT, [{ kind: 'delete', path: at('missing') }])).toBe(TEXT);
    expect(applyFixes('{a: 1, b: 2}\n', [{ kind: 'delete', path: ['a'] }])).toBe('{a: 1, b: 2}\n');
    expect(applyFixes('not: [yaml', [{ kind: 'delete', path: ['not'] }])).toBe('not: [yaml');
  });

  it('makes one repair of two that touch the same characters', () => {
    const fixes: Fix[] = [
      { kind: 'rename', path: at('flag'), name: 'x' },
      { kind: 'flag', path: at('flag'), name: 'no-flag' },
    ];
    expect(applyFixes(TEXT, fixes)).toBe(TEXT.replace('flag: false', 'x: false'));
  });

  it('leaves out repairs after which the text would be no YAML, or repeat a key', () => {
    const text = 'a: !!int "5"\nb: 1\nc: 2\n';
    const fixes: Fix[] = [
      { kind: 'quote', path: ['a'] },
      { kind: 'rename', path: ['b'], name: 'd' },
      { kind: 'rename', path: ['c'], name: 'd' },
    ];
    expect(applyFixes(text, fixes)).toBe('a: !!int "5"\nd: 1\nc: 2\n');
  });

  it('keeps line ends and a byte order mark', () => {
    const text = '\uFEFFa: 1\r\nb: 2\r\nc: 3\r\n';
    expect(applyFixes(text, [{ kind: 'delete', path: ['b'] }])).toBe('\uFEFFa: 1\r\nc: 3\r\n');
  });

  it('changes the named entries and nothing else, whatever stands around them', () => {
    const key = fc.stringMatching(/^[a-z]{1,6}$/);
    const value = fc.oneof(fc.integer(), fc.boolean(), fc.stringMatching(/^[a-z ]{1,8}$/), fc.constant(null));
    const comment = fc.constantFrom('', ' # why', ' # a: b');
    const lines = fc.uniqueArray(fc.tuple(key, value, comment), {
      minLength: 2,
      maxLength: 8,
      selector: ([name]) => name,
    });
    fc.assert(
      fc.property(lines, fc.nat(), (entries, pick) => {
        const text = entries.map(([name, content, note]) => `${name}: ${JSON.stringify(content)}${note}\n`).join('');
        const [name, , note] = entries[pick % entries.length]!;
        const after = applyFixes(text, [{ kind: 'delete', path: [name] }]);
        expect(parseYaml(after)).toMatchObject({
          ok: true,
          value: Object.fromEntries(
            entries.filter(([other]) => other !== name).map(([other, content]) => [other, content]),
          ),
        });
        expect(after.split('#').length).toBe(text.split('#').length);
        expect(after).toContain(note.trim());
        expect(createYamlIndex(after)?.spanOf([name])).toBeUndefined();
      }),
    );
  });

  it('never makes YAML something else, and never repeats a key, whatever the repairs are', () => {
    const entry = fc.constantFrom('a: 1', '\'b\': !!int "5"', 'c: &x [1]', 'd: |', 'e: { f: 1 }', 'g:', 'h: *x', '# i');
    const name = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h');
    const fix = fc.oneof<fc.Arbitrary<Fix>[]>(
      fc.record({ kind: fc.constant('rename'), path: fc.tuple(name), name: fc.constantFrom('a', 'z', 'no: ', '[') }),
      fc.record({ kind: fc.constant('flag'), path: fc.tuple(name), name: fc.constantFrom('a', 'z') }),
      fc.record({ kind: fc.constant('value'), path: fc.tuple(name), text: fc.constantFrom('1', '{', '"x') }),
      fc.record({ kind: fc.constantFrom('delete', 'quote'), path: fc.tuple(name) }),
    );
    fc.assert(
      fc.property(fc.uniqueArray(entry), fc.array(fix, { maxLength: 6 }), (lines, fixes) => {
        const text = lines.map((line) => `${line}\n`).join('');
        const after = applyFixes(text, fixes);
        if (parseYaml(text).ok) expect(parseYaml(after)).toMatchObject({ ok: true, warnings: [] });
        expect(findEffective(text, fixes).size > 0).toBe(after !== text);
      }),
      { numRuns: 1000 },
    );
  });
});
