import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EngineArgs } from '../profile/types.ts';
import { mergeArgs } from './merge.ts';
import { canonicalName, oppositeName } from './names.ts';

describe('mergeArgs', () => {
  it("keeps the profile's place and spelling, takes the user's value, appends what is new", () => {
    const { args, overridden } = mergeArgs({ a_b: 1, c: 2 }, { 'a-b': 3, d: 4 });
    expect(Object.entries(args)).toEqual([
      ['a_b', 3],
      ['c', 2],
      ['d', 4],
    ]);
    expect(overridden).toEqual([{ name: 'a-b', from: 1, to: 3, by: 'a-b' }]);
  });

  it('does not report an equal value', () => {
    expect(mergeArgs({ a: { x: [1] } }, { a: { x: [1] } }).overridden).toEqual([]);
  });

  it.each([
    [{ 'no-enable-x': null }, { enable_x: true }, { enable_x: true }],
    [{ 'enable-x': null }, { no_enable_x: null }, { no_enable_x: null }],
  ] as const)('drops the opposite: %j with %j', (profile, user, expected) => {
    const merged = mergeArgs(profile, user);
    expect(merged.args).toEqual(expected);
    expect(merged.overridden).toMatchObject([{ from: null, to: undefined }]);
  });

  it('leaves no-x alone when the user only leaves x out', () => {
    expect(mergeArgs({ 'no-x': null }, { x: false }).args).toEqual({ 'no-x': null, x: false });
  });

  it("drops the profile's single keys of a JSON argument that the user gives whole", () => {
    expect(mergeArgs({ 'c-c.mode': 3, 'c-cx': 1 }, { 'c-c': { mode: 0 } }).args).toEqual({
      'c-cx': 1,
      'c-c': { mode: 0 },
    });
  });

  it('takes the last of two spellings in one source', () => {
    expect(Object.values(mergeArgs({ a_b: 1, 'a-b': 2 }, {}).args)).toEqual([2]);
    expect(mergeArgs({}, { x: true, 'no-x': true }).args).toEqual({ 'no-x': true });
  });

  it('does not report the value of a secret', () => {
    const { overridden } = mergeArgs({ 'api-key': 'one-secret' }, { 'api-key': 'two-secret' });
    expect(overridden).toHaveLength(1);
    expect(JSON.stringify(overridden)).not.toMatch(/one-secret|two-secret/);
  });

  const name = fc.constantFrom('a', 'a-b', 'a_b', 'no-a', 'no-a-b', 'no_a_b', 'a.k', 'b', 'no-b');
  const anyArgs: fc.Arbitrary<EngineArgs> = fc.dictionary(
    name,
    fc.constantFrom<EngineArgs[string]>(null, true, false, 1, 'x', [1], {}),
  );

  it('is idempotent', () => {
    fc.assert(
      fc.property(anyArgs, anyArgs, (profile, user) => {
        const once = mergeArgs(profile, user).args;
        expect(Object.entries(mergeArgs(once, user).args)).toEqual(Object.entries(once));
      }),
    );
  });

  it('lets the user win: the last value given for each name is in the result, nothing of the profile opposes it', () => {
    fc.assert(
      fc.property(anyArgs, anyArgs, (profile, user) => {
        const merged = new Map(
          Object.entries(mergeArgs(profile, user).args).map(([key, value]) => [canonicalName(key), value]),
        );
        const wanted = new Map(Object.entries(user).map(([key, value]) => [canonicalName(key), value]));
        for (const [key, value] of wanted) {
          if (wanted.has(oppositeName(key))) continue;
          expect(merged.get(key)).toEqual(value);
          if (value !== false) expect(merged.has(oppositeName(key))).toBe(false);
        }
      }),
    );
  });
});
