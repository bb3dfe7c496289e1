import { describe, expect, it } from 'vitest';
import { Breather } from './breather.ts';

/** Events that come at this rate for a while. */
function breatheAt(eventsPerMs: number, breather = new Breather()): Breather {
  for (let event = 0; event < 2000; event++) breather.count(event / eventsPerMs);
  return breather;
}

describe('Breather', () => {
  it('pauses only where events come thick', () => {
    expect(new Breather().isWorthwhile(Infinity)).toBe(false);
    expect(breatheAt(2).isWorthwhile(Infinity)).toBe(false);
    expect(breatheAt(20).isWorthwhile(Infinity)).toBe(true);
  });

  it('does not when something is due soon', () => {
    expect(breatheAt(20).isWorthwhile(0.3)).toBe(false);
    expect(breatheAt(20).isWorthwhile(3)).toBe(true);
  });

  it('pauses for a tenth of a millisecond at least', () => {
    const fromMs = performance.now();
    for (let round = 0; round < 20; round++) new Breather().pause();
    expect(performance.now() - fromMs).toBeGreaterThanOrEqual(2);
  });
});
