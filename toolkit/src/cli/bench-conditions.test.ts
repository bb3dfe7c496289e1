import { describe, expect, it } from 'vitest';
import { describeConditions, type ConditionFlags } from './bench-conditions.ts';

const FLAGS: ConditionFlags = { image: 'acme/model:1', env: ['TOKEN=s3cret', 'VLLM_X=1'], workers: 0 };
const textOf = (flags: ConditionFlags, seed = 1) => JSON.stringify(describeConditions(flags, seed));

describe('the conditions of a run', () => {
  it.each<[string, ConditionFlags]>([
    ['the value of a variable', { ...FLAGS, env: ['TOKEN=s3cret', 'VLLM_X=0'] }],
    ['a variable less', { ...FLAGS, env: ['TOKEN=s3cret'] }],
    ['the threads of the client', { ...FLAGS, workers: 2 }],
    ['the prefix cache', { ...FLAGS, 'reset-prefix-cache': false }],
    ['the image', { ...FLAGS, image: 'acme/model:2' }],
    ['the registry', { ...FLAGS, registry: 'ghcr.io/acme' }],
    ['the host', { ...FLAGS, host: 'ssh://me@node' }],
  ])('are others with %s', (_, flags) => {
    expect(textOf(flags)).not.toBe(textOf(FLAGS));
  });

  it('are the same for the same flags, in any order of variables, and hold no value', () => {
    expect(textOf({ ...FLAGS })).toBe(textOf(FLAGS));
    expect(textOf({ ...FLAGS, env: FLAGS.env?.toReversed() })).toBe(textOf(FLAGS));
    expect(textOf(FLAGS)).not.toContain('s3cret');
    expect(describeConditions(FLAGS, 1)).not.toEqual(describeConditions(FLAGS, 2));
  });
});
