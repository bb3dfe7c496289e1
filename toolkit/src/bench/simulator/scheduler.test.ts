import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_OPTIONS, type SimulatorOptions } from './options.ts';
import { hashBlocks } from './prefix-cache.ts';
import { Scheduler, Sequence } from './scheduler.ts';

interface Seen {
  readonly sequence: Sequence;
  readonly frames: { atMs: number; sent: number }[];
  cachedTokens: number;
  tokens: number;
  preemptions: number;
  finished: boolean;
}

/** A scheduler whose clock is turned by the test. */
function createBench(options: Partial<SimulatorOptions>) {
  const settings = { ...DEFAULT_OPTIONS, ttft: { kind: 'constant', ms: 100 } as const, ...options };
  const scheduler = new Scheduler(settings);
  let nowMs = 0;
  const submit = (promptTokens: number, maxTokens: number, firstToken = 0): Seen => {
    const prompt = Array.from({ length: promptTokens }, (_, at) => firstToken + at);
    const seen: Omit<Seen, 'sequence'> = { frames: [], cachedTokens: 0, tokens: 0, preemptions: 0, finished: false };
    const request = { promptTokens, blockHashes: hashBlocks(prompt, settings.blockSize), maxTokens };
    const sequence = new Sequence(request, {
      admitted: (cached) => (seen.cachedTokens = cached),
      preempted: () => (seen.preemptions += 1),
      stepped: ({ tokens, sent, finished }) => {
        seen.tokens += tokens;
        if (sent > 0) seen.frames.push({ atMs: nowMs, sent });
        seen.finished = finished;
      },
    });
    const all = Object.assign(seen, { sequence });
    scheduler.submit(sequence, nowMs);
    return all;
  };
  const run = (untilMs = Infinity) => {
    for (let due = scheduler.nextDueMs; due !== undefined && due <= untilMs; due = scheduler.nextDueMs) {
      nowMs = Math.max(nowMs, due);
      scheduler.advance(nowMs);
    }
    if (untilMs !== Infinity) nowMs = untilMs;
  };
  return { scheduler, submit, run, now: () => nowMs };
}

describe('Scheduler', () => {
  it('sends the first token after the TTFT and the others at their gaps', () => {
    const bench = createBench({});
    const seen = bench.submit(5, 4);
    bench.run();
    expect(seen.frames).toEqual([100, 110, 120, 130].map((atMs) => ({ atMs, sent: 1 })));
    expect(bench.scheduler.state).toEqual({ running: 0, waiting: 0, kvUsage: 0 });
  });

  it('lets requests wait when all places are taken', () => {
    const bench = createBench({ maxNumSeqs: 1 });
    const [first, second] = [bench.submit(5, 2), bench.submit(5, 1)];
    expect(bench.scheduler.state).toMatchObject({ running: 1, waiting: 1 });
    bench.run();
    expect([first.frames[1]?.atMs, second.frames[0]?.atMs]).toEqual([110, 210]);
  });

  it('computes prompts one after the other, and what it has in the cache at no cost', () => {
    const bench = createBench({ prefillMsPerToken: 1, ttft: { kind: 'constant', ms: 0 } });
    const [first, second] = [bench.submit(64, 1), bench.submit(64, 1, 1000)];
    bench.run();
    const again = bench.submit(64, 1);
    const start = bench.now();
    bench.run();
    expect([first.frames[0]?.atMs, second.frames[0]?.atMs]).toEqual([64, 128]);
    // Three of four blocks: the last token of a prompt is always computed.
    expect(again.cachedTokens).toBe(48);
    expect(again.frames[0]?.atMs).toBe(start + 16);
  });

  it('forgets prompts on request, and remembers none when it is told so', () => {
    const bench = createBench({});
    bench.submit(64, 1);
    bench.scheduler.resetPrefixCache();
    expect(bench.submit(64, 1).cachedTokens).toBe(0);
    const without = createBench({ prefixCache: false });
    without.submit(64, 1);
    expect(without.submit(64, 1).cachedTokens).toBe(0);
  });

  it('sends several tokens per step when guesses are right', () => {
    const bench = createBench({ draftTokens: 3, acceptance: 1 });
    const seen = bench.submit(5, 10);
    bench.run();
    expect(seen.frames.map(({ sent }) => sent)).toEqual([1, 4, 4, 1]);
  });

  it('accepts guesses as likely as it was told', () => {
    const bench = createBench({ draftTokens: 1, acceptance: 0.7 });
    const seen = bench.submit(5, 20_000);
    bench.run();
    expect(20_000 / seen.frames.length).toBeCloseTo(1.7, 1);
  });

  it('holds tokens back for the stream interval, but never the first and the last', () => {
    const bench = createBench({ streamInterval: 10 });
    const seen = bench.submit(5, 25);
    bench.run();
    expect(seen.frames.map(({ sent }) => sent)).toEqual([1, 10, 10, 4]);
    expect(seen.frames[1]?.atMs).toBe(200);
  });

  it('slows down with the batch', () => {
    const bench = createBench({ batchSlowdown: 0.5 });
    const seen = bench.submit(5, 2);
    bench.submit(5, 100);
    bench.run();
    expect(seen.frames[1]?.atMs).toBe(115);
  });

  it('steps at multiples of the step time', () => {
    const bench = createBench({ stepMs: 30 });
    const seen = bench.submit(5, 3);
    bench.run();
    expect(seen.frames.map(({ atMs }) => atMs)).toEqual([120, 150, 180]);
  });

  it('takes KV blocks back from who came last, and computes it again', () => {
    const bench = createBench({ kvBlocks: 6, blockSize: 16, prefixCache: false });
    const [first, second] = [bench.submit(30, 40), bench.submit(30, 40)];
    bench.run();
    expect([first.preemptions, second.preemptions]).toEqual([0, 1]);
    expect([first.finished, second.finished, first.tokens, second.tokens]).toEqual([true, true, 40, 40]);
    expect(second.frames[0]!.atMs).toBeLessThan(first.frames.at(-1)!.atMs);
    expect(second.frames.at(-1)!.atMs).toBeGreaterThan(first.frames.at(-1)!.atMs);
  });

  it('frees the place of a request whose client left', () => {
    const bench = createBench({ maxNumSeqs: 1 });
    const [first, second, third] = [bench.submit(5, 1000), bench.submit(5, 1), bench.submit(5, 1)];
    bench.run(200);
    bench.scheduler.cancel(second.sequence, bench.now());
    bench.scheduler.cancel(first.sequence, bench.now());
    bench.run();
    expect([first.finished, second.frames.length, third.frames[0]?.atMs]).toEqual([false, 0, 300]);
  });

  it('computes every token of every request once and gives all blocks back, whatever comes', () => {
    const request = fc.record({ prompt: fc.integer({ min: 1, max: 60 }), tokens: fc.integer({ min: 1, max: 60 }) });
    const options = fc.record({
      maxNumSeqs: fc.integer({ min: 1, max: 8 }),
      kvBlocks: fc.integer({ min: 16, max: 64 }),
      blockSize: fc.constantFrom(8, 16),
      draftTokens: fc.nat(3),
      acceptance: fc.double({ min: 0, max: 1, noNaN: true }),
      streamInterval: fc.integer({ min: 1, max: 5 }),
      prefixCache: fc.boolean(),
      seed: fc.nat(),
    });
    fc.assert(
      fc.property(options, fc.array(request, { minLength: 1, maxLength: 12 }), (settings, requests) => {
        const bench = createBench(settings);
        const seen = requests.map(({ prompt, tokens }) => bench.submit(prompt, tokens));
        bench.run();
        seen.forEach((each, at) => {
          expect(each.tokens).toBe(requests[at]!.tokens);
          expect(each.frames.reduce((sum, { sent }) => sum + sent, 0)).toBe(requests[at]!.tokens);
          expect(each.finished).toBe(true);
        });
        expect(bench.scheduler.state).toEqual({ running: 0, waiting: 0, kvUsage: 0 });
      }),
    );
  });
});
