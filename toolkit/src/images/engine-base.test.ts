import { describe, expect, it } from 'vitest';
import { digestOf } from './engine-base.ts';

const digest = (digit: string) => `sha256:${digit.repeat(64)}`;
const repoDigests = [
  `mirror.local/aim-base@${digest('1')}`,
  `ghcr.io/org/aim-base@${digest('2')}`,
  `debian@${digest('3')}`,
];

describe('digestOf', () => {
  it.each([
    ['ghcr.io/org/aim-base:0.9', digest('2')],
    ['docker.io/library/debian:13', digest('3')],
    [`ghcr.io/org/other@${digest('4')}`, digest('4')],
    ['ghcr.io/org/other:0.9', undefined],
    [digest('5'), undefined],
    ['<none>', undefined],
  ])('of %s is %s: that of its own repository', (reference, expected) => {
    expect(digestOf({ repoDigests }, reference)).toBe(expected);
  });
});
