import { describe, expect, it } from 'vitest';
import { planRelease, selectUncommitted, type ReleaseCandidate, type ReleaseRequest } from './plan.ts';

const digestOf = (letter: string) => `sha256:${letter.repeat(64)}`;

/** A released image whose floating tags were rolled back to the version before. */
const candidate: ReleaseCandidate = {
  kind: 'model',
  model: 'acme/Model-0',
  repository: 'aim-acme-model-0',
  tag: '0.9.1',
  digest: digestOf('b'),
  isNew: false,
  commit: '',
  base: { name: 'aim-base:0.9', digest: digestOf('c') },
  changes: null,
  tags: ['0.9.0', '0.9.1', '0.9', 'latest'],
  heads: new Map([
    ['0.9', digestOf('a')],
    ['latest', digestOf('a')],
  ]),
};

const plan = (request: Partial<ReleaseRequest>) =>
  planRelease({
    stage: 'official',
    registry: 'localhost:1/org',
    line: '0.9',
    stamp: { createdAt: 1_750_000_000, revision: 'a'.repeat(40) },
    promotedFrom: null,
    newest: undefined,
    isWhole: true,
    candidates: [candidate],
    ...request,
  });

describe('the plan of a release', () => {
  it('moves floating tags of an image that is there already, for official releases', () => {
    const { images, isPending, record } = plan({});
    expect(images[0]!.moves.map(({ tag }) => tag)).toEqual(['0.9', 'latest']);
    expect([isPending, record.release]).toEqual([true, '0.9.0']);
  });

  it.each(['preview', 'rc'] as const)(
    'of stage %s leaves a rollback alone: an official version it keeps moves nothing',
    (stage) => {
      const { images, isPending, record } = plan({ stage });
      expect(images[0]).toMatchObject({ tag: '0.9.1', moves: [], floating: [] });
      expect([isPending, record.release]).toEqual([false, null]);
    },
  );

  it('of some images has neither record nor floating tags', () => {
    const { images, isPending, record } = plan({ isWhole: false, candidates: [{ ...candidate, isNew: true }] });
    expect(images[0]!.moves).toEqual([]);
    expect([isPending, record.release]).toEqual([true, null]);
  });

  it('knows images that are to be made of files nobody committed', () => {
    const dirty = `${'a'.repeat(40)}-dirty`;
    const candidates = [
      candidate,
      { ...candidate, repository: 'clean', isNew: true, commit: 'a'.repeat(40) },
      { ...candidate, repository: 'dirty', isNew: true, commit: dirty },
      { ...candidate, repository: 'there', commit: dirty },
    ];
    expect(selectUncommitted(plan({ candidates })).map(({ repository }) => repository)).toEqual(['dirty']);
  });
});
