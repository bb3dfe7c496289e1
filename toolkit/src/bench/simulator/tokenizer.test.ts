import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Tokenizer } from './tokenizer.ts';

describe('Tokenizer', () => {
  it('gives any text back', () => {
    const tokenizer = new Tokenizer();
    const text = fc.string({
      unit: fc.oneof(fc.constantFrom(' ', '<', '>', '1', 'a', '\n', 'é'), fc.string({ unit: 'grapheme' })),
    });
    fc.assert(
      fc.property(text, (given) => {
        expect(tokenizer.decode(tokenizer.encode(given))).toBe(given);
      }),
    );
  });

  it('gives token ids back, so that a prompt of exact length can be sent as text', () => {
    const tokenizer = new Tokenizer();
    const ids = fc.array(fc.nat(500_000), { maxLength: 50 });
    fc.assert(
      fc.property(ids, (given) => {
        expect(tokenizer.encode(tokenizer.decode(given))).toEqual(given);
      }),
    );
  });

  it('counts words', () => expect(new Tokenizer().encode('Who are you, then?')).toHaveLength(6));
});
