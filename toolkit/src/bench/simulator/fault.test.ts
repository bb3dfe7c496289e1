import { describe, expect, it } from 'vitest';
import { createRandom } from '../load/random.ts';
import { parseFault, selectFault } from './fault.ts';

describe('parseFault', () => {
  it.each([
    ['hang:0.01', { kind: 'hang', rate: 0.01 }],
    ['http_5xx@0,17', { kind: 'http_5xx', indices: [0, 17] }],
    ['truncated:1', { kind: 'truncated', rate: 1 }],
  ])('reads %s', (text, rule) => expect(parseFault(text)).toEqual(rule));

  it.each(['', 'hang', 'hang:', 'hang:2', 'hang:-1', 'hang@', 'hang@1,', 'hang@x', 'nonsense:0.1', 'hang:1e-1'])(
    'refuses %j',
    (text) => expect(parseFault(text)).toBeUndefined(),
  );
});

describe('selectFault', () => {
  it('chooses the requests that were named, whatever the rates', () => {
    const rules = [parseFault('hang:1')!, parseFault('http_5xx@3')!];
    const random = createRandom(1);
    const chosen = [0, 1, 2, 3].map((index) => selectFault(rules, index, random));
    expect(chosen).toEqual(['hang', 'hang', 'hang', 'http_5xx']);
  });

  it('chooses each kind at its rate', () => {
    const rules = ['hang:0.05', 'error_frame:0.1'].map((text) => parseFault(text)!);
    const random = createRandom(2);
    const chosen = Array.from({ length: 20_000 }, (_, index) => selectFault(rules, index, random));
    const share = (kind: string | undefined) => chosen.filter((each) => each === kind).length / chosen.length;
    expect(share('hang')).toBeCloseTo(0.05, 2);
    expect(share('error_frame')).toBeCloseTo(0.1, 2);
    expect(share(undefined)).toBeCloseTo(0.85, 2);
  });
});
