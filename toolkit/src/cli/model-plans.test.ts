import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { createExec } from 'aim-runtime/system';
import { afterAll, describe, expect, it } from 'vitest';
import { writeModels } from '../../test/lib/push-fixtures.ts';
import { REVISION_LABEL } from '../images/labels.ts';
import { selectUncommitted, type PlannedRelease } from '../release/plan.ts';
import { stampOf } from './build-images.ts';
import { loadRequestedModels } from './model-plans.ts';
import type { Session } from './session.ts';

const REPOSITORY = join(import.meta.dirname, '../../..');
const models = writeModels(1);
afterAll(() => {
  rmSync(models.folder, { recursive: true });
});

const COMMIT = 'a'.repeat(40);
const DIRTY = `${COMMIT}-dirty`;
const runtime = join(REPOSITORY, 'runtime/dist/aim-runtime');

/** A clean clone that has everything, or an installed package. */
const sessionOf = (recordedStamp?: string) =>
  ({
    locations: { root: REPOSITORY, version: '0.9.0', recordedStamp, runtime },
    stamp: () => ({ createdAt: 0, revision: COMMIT }),
    exec: createExec(process.env),
  }) as Pick<Session, 'locations' | 'stamp' | 'exec'>;

describe('the revision of images', () => {
  it('says that profiles of another folder are no part of the commit, so no release takes them unasked', () => {
    const flags = { all: true, 'tag-scheme': 'semver', 'layout-version': '1', profiles: models.profiles } as const;
    const { plans } = loadRequestedModels(sessionOf() as Session, flags, []);
    const images = plans.map(({ labels }) => ({ isNew: true, commit: labels[REVISION_LABEL] }) as PlannedRelease);
    expect(selectUncommitted({ images }).map(({ commit }) => commit)).toEqual([DIRTY]);
  });

  it('is that of the program for its own files, also when a flag names them', () => {
    expect(stampOf(sessionOf(), {}).revision).toBe(COMMIT);
    expect(stampOf(sessionOf(), { profiles: join(REPOSITORY, 'profiles'), runtime }).revision).toBe(COMMIT);
  });

  it('says the same of another runtime, and of every folder of an installed package', () => {
    expect(stampOf(sessionOf(), { runtime: process.execPath }).revision).toBe(DIRTY);
    const installed = sessionOf(join(REPOSITORY, 'source.json'));
    expect(stampOf(installed, { profiles: join(REPOSITORY, 'schemas') }).revision).toBe(DIRTY);
    expect(stampOf(installed, { profiles: join(REPOSITORY, 'profiles') }).revision).toBe(COMMIT);
  });
});
