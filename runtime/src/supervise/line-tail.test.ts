import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineTail } from './line-tail.ts';

const tailOf = (pieces: readonly string[], most = 3): string[] => {
  const tail = new LineTail(most);
  for (const piece of pieces) tail.add(piece);
  return tail.lines();
};

describe('the last lines of a stream', () => {
  it('are the last whole ones and the one that is being written', () => {
    expect(tailOf(['a\nb\nc\nd\n'])).toEqual(['b', 'c', 'd']);
    expect(tailOf(['a\nb\nc\nd'])).toEqual(['b', 'c', 'd']);
    expect(tailOf(['a\n\n  \nb\n'])).toEqual(['a', 'b']);
    expect(tailOf(['10%\r20%\r30%\r'])).toEqual(['10%', '20%', '30%']);
  });

  it('do not depend on how the text is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[ab\n]{0,6}$/)), (pieces) => {
        expect(tailOf(pieces)).toEqual(tailOf([pieces.join('')]));
      }),
    );
  });

  it('stay small, whatever comes', () => {
    const [line = ''] = tailOf(['x'.repeat(1_000_000), 'y\n']);
    expect(line.length).toBeLessThanOrEqual(2_001);
  });
});
