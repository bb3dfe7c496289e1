import { describe, expect, it } from 'vitest';
import { selectMirror } from './debian-image.ts';
import { parseReference } from './images.ts';

describe('parseReference', () => {
  it('finds the image of a build result', () => {
    expect(parseReference('{"images":[{"reference":"aim-base:demo","base":"x"}]}')).toBe('aim-base:demo');
    expect(parseReference('{"reference":"aim-base:demo"}')).toBe('aim-base:demo');
  });
  it('refuses a result without one', () => {
    expect(() => parseReference('{"images":[]}')).toThrow('no image reference');
    expect(() => parseReference('built')).toThrow('no image reference');
  });
});

describe('selectMirror', () => {
  it('takes the mirror of this machine, in both formats of apt', () => {
    expect(selectMirror('deb [signed-by=/k] https://mirror.example/debian bookworm main\n')).toBe(
      'https://mirror.example/debian',
    );
    expect(selectMirror('Types: deb\nURIs: http://mirror.example/debian/\nSuites: bookworm\n')).toBe(
      'http://mirror.example/debian/',
    );
  });
  it('falls back to Debian itself where the sources are of something else', () => {
    const sources =
      '# deb http://old.example/debian x\ndeb http://archive.example/ubuntu jammy main\nURIs: http://security.example/debian-security\n';
    expect(selectMirror(sources)).toBe('http://deb.debian.org/debian');
  });
});
