import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { EXECUTABLE, run } from '../lib/run-executable.ts';

/** Oldest systems the executable must start on: Ubuntu 22.04 has glibc 2.35 and GLIBCXX 3.4.30, Debian 12 newer ones. */
const GLIBC = 35;
const GLIBCXX = 30;
const PROVIDED = /^(?:lib(?:dl|stdc\+\+|m|gcc_s|pthread|c)\.so\.\d+|ld-linux-x86-64\.so\.2)$/;

describe('the executable file', () => {
  let binary: string;
  beforeAll(() => {
    binary = readFileSync(EXECUTABLE, 'latin1');
  });

  const newest = (pattern: RegExp) => Math.max(...[...binary.matchAll(pattern)].map(([, minor]) => Number(minor)));

  it('needs no newer C and C++ library than Ubuntu 22.04 has', () => {
    const glibc = newest(/\0GLIBC_2\.(\d+)\0/g);
    const glibcxx = newest(/\0GLIBCXX_3\.4\.(\d+)\0/g);
    expect(Math.min(glibc, glibcxx)).toBeGreaterThan(10); // both were found
    expect(glibc).toBeLessThanOrEqual(GLIBC);
    expect(glibcxx).toBeLessThanOrEqual(GLIBCXX);
  });

  it('needs no library beyond those of a minimal Debian', () => {
    // Names in the dynamic string table stand side by side; the first 8 MB hold it.
    const names = [
      ...binary.slice(0, 8 << 20).matchAll(/(?<=\0)(lib[a-z0-9_+-]+\.so\.\d+|ld-linux[a-z0-9_-]+\.so\.\d+)(?=\0)/g),
    ].map(([name]) => name);
    expect(names.length).toBeGreaterThan(3);
    expect(names.filter((name) => !PROVIDED.test(name))).toEqual([]);
  });

  it('starts with an empty environment and is not influenced by NODE_OPTIONS', () => {
    expect(run(['--version'])).toEqual({
      status: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) as string,
      stderr: '',
    });
    expect(run(['--version'], { NODE_OPTIONS: '--no-such-option' }).status).toBe(0);
  });
});
