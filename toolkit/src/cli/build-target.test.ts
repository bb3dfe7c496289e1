import { describe, expect, it } from 'vitest';
import { chooseTarget, type TargetFlags } from './build-target.ts';

const none: TargetFlags = { push: false, load: false };

describe('where images go', () => {
  it.each<[Partial<TargetFlags>, object]>([
    [{}, { kind: 'engine' }],
    [{ builder: 'docker' }, { kind: 'engine' }],
    [{ push: true, registry: 'r.example' }, { kind: 'registry' }],
    [{ load: true }, { kind: 'load' }],
    [{ load: true, builder: 'docker' }, { kind: 'engine' }],
    [{ output: 'oci:/tmp/x' }, { kind: 'disk', target: { kind: 'oci', path: '/tmp/x' } }],
    [{ output: 'docker-archive:/tmp/x.tar' }, { kind: 'disk', target: { kind: 'docker-archive', path: '/tmp/x.tar' } }],
  ])('%j', (flags, target) => {
    expect(chooseTarget({ ...none, ...flags })).toEqual(target);
  });

  it.each<Partial<TargetFlags>>([
    { push: true },
    { push: true, load: true, registry: 'r.example' },
    { output: 'tar:/tmp/x' },
    { output: 'oci:' },
    { push: true, registry: 'r.example', builder: 'docker' },
    { builder: 'registry' },
    { builder: 'layout' },
    { load: true, builder: 'registry' },
  ])('%j makes no sense', (flags) => {
    expect(() => chooseTarget({ ...none, ...flags })).toThrow(expect.objectContaining({ code: 'usage' }) as Error);
  });
});
