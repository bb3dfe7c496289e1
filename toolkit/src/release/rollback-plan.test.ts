import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import type { ReleaseRecord } from '../generated/release-record.js';
import { limitImages, planRollback, selectEarlier, selectUndone } from './rollback-plan.ts';

const digestOf = (value: number) => `sha256:${value.toString(16).padStart(64, '0')}`;
const REPOSITORIES = ['aim-a', 'aim-b', 'aim-c'];

/** Releases of random images, as records, and what the tags named after each of them. */
function history(steps: readonly (readonly number[])[]): {
  records: ReleaseRecord[];
  states: ReadonlyMap<string, string>[];
} {
  const records: ReleaseRecord[] = [];
  const states = [new Map<string, string>()];
  for (const [index, chosen] of steps.entries()) {
    const before = states[index]!;
    const after = new Map(before);
    const images = [...new Set(chosen)].map((number) => {
      const repository = REPOSITORIES[number]!;
      const digest = digestOf(index * 10 + number + 1);
      const floating = ['0.9', 'latest'].map((tag) => {
        const name = `${repository}:${tag}`;
        const previousDigest = before.get(name) ?? null;
        after.set(name, digest);
        return { tag, previousDigest };
      });
      const named = { kind: 'model', model: `acme/${repository}`, repository, tag: `0.9.${index}` } as const;
      return { ...named, digest, isNew: true, commit: '', base: { name: '', digest: '' }, floating, changes: null };
    });
    const common = { schemaVersion: 1, registry: 'r', createdAt: '', commit: '', promotedFrom: null } as const;
    records.push({ ...common, release: `0.9.${index}`, images });
    states.push(after);
  }
  return { records, states };
}

describe('planning a rollback', () => {
  it('gives every tag what it named after the chosen release, whatever the releases were of', () => {
    const steps = fc.array(fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1 }), { minLength: 2, maxLength: 8 });
    fc.assert(
      fc.property(steps, fc.nat(), (chosen, choice) => {
        const { records, states } = history(chosen);
        const releases = records.map(({ release }) => release!).reverse();
        const kept = 1 + (choice % (records.length - 1));
        const to = records[kept - 1]!.release!;
        const names = selectUndone(releases, to);
        const undone = names.map((name) => records.find(({ release }) => release === name)!);
        const now = states.at(-1)!;
        const plan = planRollback(undone, { registry: 'r', to, current: now });
        const after = new Map(now);
        for (const { repository, tag, digest } of plan.tags) after.set(`${repository}:${tag}`, digest);
        for (const { repository, tag } of plan.kept) after.delete(`${repository}:${tag}`);
        expect([...after].sort()).toEqual([...states[kept]!].sort());
      }),
    );
  });

  it('names only what has to move', () => {
    const { records, states } = history([[0, 1], [0]]);
    const undone = [records[1]!];
    expect(selectEarlier(undone).size).toBe(2);
    const done = planRollback(undone, { registry: 'r', to: '0.9.0', current: states[1]! });
    expect(done.tags.map(({ action }) => action)).toEqual(['none', 'none']);
    const pending = planRollback(undone, { registry: 'r', to: '0.9.0', current: states[2]! });
    expect(pending.tags.map(({ action }) => action)).toEqual(['move', 'move']);
  });
});

describe('a rollback of some images', () => {
  const { records } = history([[0, 1], [2]]);
  const undone = records.toReversed();
  const repositoriesOf = (names: readonly string[] | undefined) =>
    limitImages(undone, names).map(({ images }) => images.map(({ repository }) => repository));

  it('knows them from whichever release they are', () => {
    expect(repositoriesOf(undefined)).toEqual([['aim-c'], ['aim-a', 'aim-b']]);
    expect(repositoriesOf(['acme/aim-b'])).toEqual([[], ['aim-b']]);
    expect(repositoriesOf(['acme/aim-b', 'acme/aim-c'])).toEqual([['aim-c'], ['aim-b']]);
  });

  it('refuses names that no undone release has', () => {
    const fault = { code: 'usage', hint: 'Its images are acme/aim-a, acme/aim-b, acme/aim-c.' };
    expect(() => repositoriesOf(['acme/aim-a', 'base'])).toThrow(expect.objectContaining(fault) as Error);
  });
});
