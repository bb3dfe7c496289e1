import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planNext, selectPrevious, type NextTag } from './next.ts';
import { createBaseSeries, createDatedSeries, createModelSeries, type TagSeries } from './series.ts';
import { compareVersions, parseVersion, STAGES, type Stage } from './version.ts';

const LINE = { major: 0, minor: 9 };
const BASE = createBaseSeries(LINE);
const MODEL = createModelSeries(LINE);
const DATED = createDatedSeries('0.9-acme-model', '20250930');
const HISTORIES = 10_000;

const next = (series: TagSeries, stage: Stage, tags: readonly string[], isChanged = true): NextTag =>
  planNext({ series, stage, tags, isChanged });

describe('the next tag', () => {
  it.each([
    { series: MODEL, stage: 'official', tags: [], tag: '0.9.0' },
    { series: MODEL, stage: 'official', tags: ['0.9.0', '0.9.2', '0.9.10', '0.10.0', '0.8.99'], tag: '0.9.11' },
    { series: MODEL, stage: 'official', tags: ['0.9.0-rc1', '0.9.0-rc2'], tag: '0.9.0' },
    { series: MODEL, stage: 'rc', tags: ['0.9.0', '0.9.1-rc9', '0.9.1-rc10', '0.9.0-rc44'], tag: '0.9.1-rc11' },
    { series: MODEL, stage: 'rc', tags: ['0.9.1-rc2', '0.9.1'], tag: '0.9.2-rc1' },
    { series: MODEL, stage: 'preview', tags: ['0.9.0'], tag: '0.9.1-preview' },
    { series: MODEL, stage: 'preview', tags: ['0.9.0', '0.9.1-preview'], tag: '0.9.1-preview.2' },
    { series: MODEL, stage: 'preview', tags: ['0.9.0', '0.9.1-preview.2', '0.9.1-rc7'], tag: '0.9.1-preview.3' },
    { series: MODEL, stage: 'official', tags: ['0.9', 'latest', 'v0.9.7', '0.9.7.1', 'sha256-ab', ''], tag: '0.9.0' },
    { series: BASE, stage: 'official', tags: ['0.8', '0.9-rc3', '0.9.7'], tag: '0.9' },
    { series: BASE, stage: 'rc', tags: ['0.9-rc3', '0.8-rc7'], tag: '0.9-rc4' },
    { series: DATED, stage: 'official', tags: [], tag: '0.9-acme-model-v20250930' },
    { series: DATED, stage: 'official', tags: ['0.9-acme-model-v20250930'], tag: '0.9-acme-model-v20250930.2' },
    { series: DATED, stage: 'official', tags: ['0.9-acme-model-v20250101.7'], tag: '0.9-acme-model-v20250930' },
    { series: DATED, stage: 'official', tags: ['0.9-acme-model-v20251224'], tag: '0.9-acme-model-v20251224.2' },
    { series: DATED, stage: 'rc', tags: ['0.9-acme-model-v20250930-rc1'], tag: '0.9-acme-model-v20250930-rc2' },
    { series: DATED, stage: 'official', tags: ['0.9-acme-model-2-v20250930'], tag: '0.9-acme-model-v20250930' },
  ] as const)('$stage after $tags is $tag', ({ series, stage, tags, tag }) => {
    expect(next(series, stage, tags)).toMatchObject({ tag, isNew: true });
  });

  it.each([
    { series: MODEL, stage: 'official', tags: ['0.9.0', '0.9.1', '0.9.2-rc1'], tag: '0.9.1' },
    { series: MODEL, stage: 'rc', tags: ['0.9.0', '0.9.1'], tag: '0.9.1' },
    { series: MODEL, stage: 'rc', tags: ['0.9.0', '0.9.1-rc4'], tag: '0.9.1-rc4' },
    { series: MODEL, stage: 'preview', tags: ['0.9.0', '0.9.1-rc4'], tag: '0.9.0' },
    { series: BASE, stage: 'rc', tags: ['0.9'], tag: '0.9' },
    { series: DATED, stage: 'official', tags: ['0.9-acme-model-v20250101'], tag: '0.9-acme-model-v20250101' },
  ] as const)('$stage of unchanged content after $tags stays $tag', ({ series, stage, tags, tag }) => {
    expect(next(series, stage, tags, false)).toMatchObject({ tag, isNew: false, previous: tag });
  });

  it.each(STAGES)('a line has one base image: %s of other content fails and asks for a bump', (stage) => {
    expect(() => next(BASE, stage, ['0.9', '0.9-rc1'])).toThrow(
      expect.objectContaining({ code: 'check-failed', hint: expect.stringContaining('0.10.0') as string }),
    );
  });

  it('refuses a dated tag that is too long', () => {
    const long = createDatedSeries('x'.repeat(120), '20250930');
    expect(() => next(long, 'official', [])).toThrow(/128/);
  });

  it('takes thousands of tags', () => {
    const tags = Array.from({ length: 20_000 }, (_, index) => `0.9.${index}${index % 3 === 0 ? '-rc1' : ''}`);
    expect(next(MODEL, 'official', tags).tag).toBe('0.9.20000');
  });
});

/** What happens to a repository: images of some stage with some content, and tags of others. */
const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ stage: fc.constantFrom(...STAGES), content: fc.nat(3) }) },
  {
    weight: 1,
    arbitrary: fc.oneof(
      fc.string({ maxLength: 12 }),
      fc.constantFrom('latest', '0.9', '0.8.99', '0.10.0', 'v0.9.1', '0.9.1-beta', '0.9.x', '0.9.01', '1.0.0-rc1'),
    ),
  },
);

describe(`${HISTORIES} histories`, () => {
  it('give a next tag that never exists, never goes back, and is the same in any order', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), fc.infiniteStream<number>(fc.nat()), (steps, randoms) => {
        const contents = new Map<string, number>();
        const junk: string[] = [];
        for (const one of steps) {
          if (typeof one === 'string') {
            junk.push(one);
            continue;
          }
          const tags = [...junk, ...contents.keys(), ...contents.keys()];
          const mixed = tags.map((tag) => ({ tag, at: Number(randoms.next().value) })).sort((a, b) => a.at - b.at);
          const request = { series: MODEL, stage: one.stage, tags };
          const reordered = { ...request, tags: mixed.map(({ tag }) => tag) };
          const previous = selectPrevious(request);
          expect(selectPrevious(reordered)).toBe(previous);
          const isChanged = previous === undefined || contents.get(previous) !== one.content;
          const made = planNext({ ...request, isChanged });
          expect(planNext({ ...reordered, isChanged })).toEqual(made);
          if (isChanged) checkNew(made, contents);
          else expect(contents.get(made.tag)).toBe(one.content);
          contents.set(made.tag, one.content);
        }
      }),
      { numRuns: HISTORIES },
    );
  });
});

function checkNew(made: NextTag, contents: ReadonlyMap<string, number>): void {
  expect(made.isNew).toBe(true);
  expect(contents.has(made.tag)).toBe(false);
  const version = parseVersion(made.tag)!;
  expect(version.stage).toBe(made.stage);
  for (const tag of contents.keys()) {
    const other = parseVersion(tag)!;
    // A preview comes before a release candidate of the same version; all else that is there comes before.
    const mayFollow = other.stage !== 'official' && other.stage !== version.stage;
    if (!mayFollow) expect(compareVersions(version, other), `${made.tag} after ${tag}`).toBeGreaterThan(0);
  }
}
