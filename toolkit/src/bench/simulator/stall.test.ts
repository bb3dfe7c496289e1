import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createEngineClock, parseStall } from './stall.ts';

describe('parseStall', () => {
  it('reads seconds', () => expect(parseStall('5:2.5')).toEqual({ atMs: 5000, durationMs: 2500 }));
  it.each(['', '5', '5:', ':2', '-1:2', '1:2:3'])('refuses %j', (text) => expect(parseStall(text)).toBeUndefined());
});

describe('createEngineClock', () => {
  it('stands still during a stall and goes on from there', () => {
    const clock = createEngineClock([{ atMs: 1000, durationMs: 500 }]);
    clock.begin(100);
    expect([0, 1100, 1300, 1600, 1700].map((ms) => clock.toEngineMs(ms))).toEqual([0, 1100, 1100, 1100, 1200]);
    expect(clock.toWallMs(1101)).toBe(1601);
  });

  it('knows no stall before the first request, and counts anew after a reset', () => {
    const clock = createEngineClock([{ atMs: 0, durationMs: 500 }]);
    expect(clock.toEngineMs(900)).toBe(900);
    clock.begin(1000);
    expect(clock.toEngineMs(1200)).toBe(1000);
    clock.reset();
    expect(clock.toEngineMs(1200)).toBe(1200);
  });

  it('stands still when it is told that the process was away', () => {
    const clock = createEngineClock([{ atMs: 100, durationMs: 50 }]);
    clock.begin(0);
    clock.hold(20);
    expect([60, 100, 149, 160].map((ms) => clock.toEngineMs(ms))).toEqual([40, 80, 80, 90]);
    expect([40, 90].map((ms) => clock.toWallMs(ms))).toEqual([60, 160]);
  });

  it('never goes back, and tells when it will show a time, for any stalls', () => {
    const stall = fc.record({ atMs: fc.nat(5000), durationMs: fc.nat(2000) });
    fc.assert(
      fc.property(fc.array(stall, { maxLength: 5 }), fc.nat(10_000), fc.nat(1000), (stalls, atMs, laterMs) => {
        const clock = createEngineClock(stalls);
        clock.begin(0);
        const engineMs = clock.toEngineMs(atMs);
        expect(clock.toEngineMs(atMs + laterMs)).toBeGreaterThanOrEqual(engineMs);
        expect(clock.toEngineMs(clock.toWallMs(engineMs))).toBe(engineMs);
        expect(clock.toWallMs(engineMs)).toBeLessThanOrEqual(atMs);
      }),
    );
  });
});
