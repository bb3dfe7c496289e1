import { describe, expect, it } from 'vitest';
import { planRetag } from './retag.ts';

const MODEL_TAGS = ['0.9.0', '0.9.1', '0.8.4', '0.9.2-rc1', 'latest'];
const request = { source: '0.9.1', digest: 'a', current: undefined, tags: MODEL_TAGS };

describe('a further tag', () => {
  it.each([
    { more: { tag: 'stable' }, action: 'create' },
    { more: { tag: 'stable', current: 'b' }, action: 'move' },
    { more: { tag: 'stable', current: 'a' }, action: 'keep' },
    { more: { tag: '0.9.7' }, action: 'create' },
    { more: { tag: '0.9.7', current: 'a' }, action: 'keep' },
    { more: { tag: 'latest', current: 'b' }, action: 'move' },
    { more: { tag: '0.9' }, action: 'create' },
    { more: { tag: '0.8', source: '0.8.4' }, action: 'create' },
    { more: { tag: '0.9', source: '0.9-rc3', tags: ['0.8', '0.9-rc3'] }, action: 'create' },
  ])('$more: $action', ({ more, action }) => {
    expect(planRetag({ ...request, ...more })).toBe(action);
  });

  it.each([
    { tag: '0.9.7', current: 'b' },
    { tag: '0.9.2-rc1', current: 'b' },
    { tag: 'latest', source: '0.9.0' },
    { tag: 'latest', source: '0.8.4' },
    { tag: 'latest', source: '0.9.2-rc1' },
    { tag: 'latest', source: undefined },
    { tag: '0.9', source: '0.9.0', current: 'b' },
    { tag: '0.9', source: '0.9.2-rc1' },
    { tag: '0.9', source: '0.9-rc3', tags: ['0.9', '0.9-rc3'], current: 'b' },
  ])('%o is refused', (more) => {
    expect(() => planRetag({ ...request, ...more })).toThrow(expect.objectContaining({ code: 'check-failed' }));
  });
});
