import { describe, expect, it } from 'vitest';
import type { ImageChanges, RecordedImage, ReleaseRecord } from '../generated/release-record.js';
import { code, renderNotes } from './notes.ts';

const digestOf = (letter: string) => `sha256:${letter.repeat(64)}`;
const image = (more: Partial<RecordedImage>): RecordedImage => ({
  ...{ kind: 'model', model: 'acme/A', repository: 'aim-acme-a', tag: '0.9.1', digest: digestOf('a'), isNew: true },
  ...{ commit: '', base: { name: 'aim-base:0.9', digest: digestOf('b') }, floating: [], changes: null },
  ...more,
});
const recordOf = (...images: RecordedImage[]): ReleaseRecord => ({
  ...{ schemaVersion: 1, release: '0.9.1', registry: 'ghcr.io/o', createdAt: '', commit: 'c0ffee', promotedFrom: null },
  images,
});

describe('release notes', () => {
  it('say per model which profiles came, went and changed, and what became of base and engine', () => {
    const base = { name: 'aim-base:0.8', digest: digestOf('c') };
    const profiles: ImageChanges['profiles'] = [
      { profile: 'new.yaml', change: 'added', values: [] },
      { profile: 'old.yaml', change: 'removed', values: [] },
      {
        profile: 'same.yaml',
        change: 'changed',
        values: [
          { path: 'engine_args.max-model-len', change: 'changed', from: 4096, to: 8192 },
          { path: 'env_vars.A', change: 'added', to: '1' },
        ],
      },
    ];
    const changes = { since: '0.9.0', base, profiles, other: ['metadata'] };
    const engine = { since: '0.8', base: { name: 'rocm/vllm:old', digest: '' }, profiles: [], other: ['runtime'] };
    const notes = renderNotes(
      recordOf(
        image({ model: 'acme/Z', repository: 'aim-acme-z', isNew: false }),
        image({ changes }),
        image({
          kind: 'base',
          model: null,
          repository: 'aim-base',
          tag: '0.9',
          changes: engine,
          base: { name: 'rocm/vllm:new', digest: '' },
        }),
      ),
    );
    for (const line of [
      '3 images in `ghcr.io/o`, 2 of them new, made from commit c0ffee.',
      '- engine image: `rocm/vllm:old` → `rocm/vllm:new`',
      '- also changed: runtime',
      '### acme/A 0.9.1',
      '- base image: `aim-base:0.8@sha256:cccccccccccc` → `aim-base:0.9@sha256:bbbbbbbbbbbb`',
      '- profile `new.yaml` added',
      '- profile `old.yaml` removed',
      '- profile `same.yaml` changed:',
      '  - `engine_args.max-model-len`: `4096` → `8192`',
      '  - `env_vars.A`: `1` added',
      '- acme/Z `0.9.1`',
    ])
      expect(notes.split('\n')).toContain(line);
  });

  it.each([
    ['plain', '`plain`'],
    ['a`b', '``a`b``'],
    ['`', '`` ` ``'],
    ['two\nlines', '`two lines`'],
    ['', '`  `'],
  ])('put %j into code that ends where it should', (text, rendered) => {
    expect(code(text)).toBe(rendered);
  });
});
