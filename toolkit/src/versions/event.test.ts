import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeEvent, parseEvent, stageOf, type EventFacts } from './event.ts';
import { parseLine } from './line.ts';
import { planNext } from './next.ts';
import { createBaseSeries, createModelSeries } from './series.ts';

const EVENTS = join(import.meta.dirname, '../../test/fixtures/github-events');
const LINE = parseLine('0.9.0');
const LOCAL = { branch: 'main' };
const PULL = 'refs/pull/42/merge';

/** Payload, GITHUB_EVENT_NAME, GITHUB_REF, and what follows for a base image and for a model that has 0.9.0. */
const EXPECTED: readonly (readonly [string, string, string | undefined, string, string, string])[] = [
  ['push-branch', 'push', 'refs/heads/feature/new-model', 'branch', '0.9-rc1', '0.9.1-rc1'],
  ['push-main', 'push', 'refs/heads/main', 'branch', '0.9-rc1', '0.9.1-rc1'],
  ['push-main-merge', 'push', 'refs/heads/main', 'branch', '0.9-rc1', '0.9.1-rc1'],
  ['push-main-merge-release', 'push', 'refs/heads/main', 'release', '0.9', '0.9.1'],
  ['push-main-merge-fork', 'push', 'refs/heads/main', 'branch', '0.9-rc1', '0.9.1-rc1'],
  ['push-release-branch', 'push', 'refs/heads/release/0.9', 'release', '0.9', '0.9.1'],
  ['push-tag', 'push', 'refs/tags/v0.9', 'tag', '0.9', '0.9.1'],
  ['push-tag-rc', 'push', 'refs/tags/v0.9.0-rc1', 'tag', '0.9-rc1', '0.9.1-rc1'],
  ['push-tag-other', 'push', 'refs/tags/nightly', 'tag', '0.9-rc1', '0.9.1-rc1'],
  ['pull-request', 'pull_request', PULL, 'pull-request', '0.9-preview', '0.9.1-preview'],
  ['pull-request', 'pull_request_target', 'refs/heads/main', 'pull-request', '0.9-preview', '0.9.1-preview'],
  ['pull-request-other-base', 'pull_request', PULL, 'pull-request', '0.9-preview', '0.9.1-preview'],
  ['pull-request-release', 'pull_request', PULL, 'release', '0.9', '0.9.1'],
  ['pull-request-release-other-base', 'pull_request', PULL, 'pull-request', '0.9-preview', '0.9.1-preview'],
  ['pull-request-fork', 'pull_request', PULL, 'pull-request', '0.9-preview', '0.9.1-preview'],
  ['pull-request-fork-release', 'pull_request', PULL, 'pull-request', '0.9-preview', '0.9.1-preview'],
  ['pull-request-merged', 'pull_request', 'refs/heads/main', 'branch', '0.9-rc1', '0.9.1-rc1'],
  ['pull-request-merged-release', 'pull_request', 'refs/heads/main', 'release', '0.9', '0.9.1'],
  ['merge-group', 'merge_group', undefined, 'pull-request', '0.9-preview', '0.9.1-preview'],
  ['workflow-dispatch', 'workflow_dispatch', 'refs/heads/feature/new-model', 'branch', '0.9-rc1', '0.9.1-rc1'],
  ['schedule', 'schedule', undefined, 'branch', '0.9-rc1', '0.9.1-rc1'],
  ['release-published', 'release', 'refs/tags/v0.9.0', 'tag', '0.9', '0.9.1'],
  ['create-branch', 'create', undefined, 'branch', '0.9-rc1', '0.9.1-rc1'],
  ['create-tag', 'create', undefined, 'tag', '0.9', '0.9.1'],
  ['issue-comment', 'issue_comment', 'refs/heads/main', 'branch', '0.9-rc1', '0.9.1-rc1'],
  ['workflow-run-fork', 'workflow_run', 'refs/heads/main', 'branch', '0.9-rc1', '0.9.1-rc1'],
];
/** Events for which no image is to be made. */
const REFUSED = ['push-deleted', 'pull-request-closed', 'delete-branch'];

const load = (name: string): unknown => JSON.parse(readFileSync(join(EVENTS, `${name}.json`), 'utf8'));
const facts = (more: Partial<EventFacts>): EventFacts => ({
  name: undefined,
  payload: undefined,
  ref: undefined,
  baseRef: undefined,
  local: LOCAL,
  ...more,
});

describe('recorded events', () => {
  it.each(EXPECTED)('%s as %s at %s is a %s: %s and %s', (file, name, ref, kind, base, model) => {
    const event = parseEvent(facts({ name, payload: load(file), ref }));
    expect(event.kind).toBe(kind);
    const stage = stageOf(event, LINE);
    expect(planNext({ series: createBaseSeries(LINE), stage, tags: [], isChanged: true }).tag).toBe(base);
    expect(planNext({ series: createModelSeries(LINE), stage, tags: ['0.9.0'], isChanged: true }).tag).toBe(model);
    expect(describeEvent(event)).toBeTruthy();
  });

  it.each(EXPECTED.filter(([file]) => !/workflow-run|issue/.test(file)))(
    '%s says what it is without its name and place, as far as its payload goes',
    (file, name, ref, kind) => {
      const needsName = ['schedule', 'create-branch', 'create-tag'].includes(file);
      const event = parseEvent(facts({ payload: load(file), name: needsName ? name : undefined }));
      expect(event.kind, ref).toBe(kind);
    },
  );

  it.each(REFUSED)('%s builds nothing', (file) => {
    const name = file.startsWith('delete') ? 'delete' : undefined;
    expect(() => parseEvent(facts({ name, payload: load(file) }))).toThrow(expect.objectContaining({ code: 'usage' }));
  });

  it('are all in this table', () => {
    const known = new Set([...EXPECTED.map(([file]) => file), ...REFUSED, 'push-tag-old']);
    const files = readdirSync(EVENTS).map((file) => file.replace('.json', ''));
    expect(files.sort()).toEqual([...known].sort());
  });

  it('a git tag of another line is refused', () => {
    const event = parseEvent(facts({ name: 'push', payload: load('push-tag-old') }));
    expect(() => stageOf(event, LINE)).toThrow(/v0\.8 is none of line 0\.9/);
  });
});

describe('events told by flags', () => {
  it.each([
    { ref: 'refs/heads/x', kind: 'branch' },
    { ref: 'x', kind: 'branch' },
    { ref: 'release/0.9', kind: 'release' },
    { ref: 'refs/heads/release/0.9', baseRef: 'main', kind: 'release' },
    { ref: 'refs/heads/x', baseRef: 'main', kind: 'pull-request' },
    { ref: 'refs/pull/7/merge', kind: 'pull-request' },
    { ref: 'refs/tags/v0.9', kind: 'tag' },
  ])('$ref to $baseRef is a $kind', ({ ref, baseRef, kind }) => {
    expect(parseEvent(facts({ ref, baseRef })).kind).toBe(kind);
  });

  it('the number of a pull request is kept', () => {
    expect(parseEvent(facts({ ref: 'refs/pull/7/merge', baseRef: 'main' }))).toMatchObject({ number: 7, base: 'main' });
    expect(parseEvent(facts({ name: 'merge_group', payload: load('merge-group') }))).toMatchObject({ number: 42 });
  });

  it('without any it is somebody at a keyboard', () => {
    expect(parseEvent(facts({}))).toEqual({ kind: 'local', ...LOCAL });
    expect(stageOf({ kind: 'local', ...LOCAL }, LINE)).toBe('official');
  });

  it.each([
    { payload: [] },
    { payload: 'x' },
    { payload: null, name: 'push' },
    { payload: { action: 'x' } },
    { name: 'x' },
  ])('%o is refused', (more) => {
    expect(() => parseEvent(facts(more))).toThrow(expect.objectContaining({ code: 'usage' }));
  });
});
