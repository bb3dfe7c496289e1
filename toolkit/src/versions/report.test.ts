import { describe, expect, it } from 'vitest';
import { describeVersion } from './report.ts';
import type { Stage } from './version.ts';

describe('the version of an image', () => {
  it.each<{ stage: Stage; floating: string[] }>([
    { stage: 'official', floating: ['0.9', 'latest'] },
    { stage: 'rc', floating: [] },
    { stage: 'preview', floating: [] },
  ])('$stage that keeps a released tag: floating tags $floating', ({ stage, floating }) => {
    const next = { tag: '0.9.3', stage, isNew: false, previous: '0.9.3', reason: 'equal' };
    const common = { image: 'org/model', reference: 'r/m:0.9.3', state: 'up-to-date' } as const;
    expect(describeVersion({ ...common, next, tags: ['0.9.3', '0.9.2'] }).floating).toEqual(floating);
  });
});
