import { expect, it } from 'vitest';
import { renderDuration } from './duration.ts';

it.each([
  [0, '0 s'],
  [59.9, '59 s'],
  [60, '1 min'],
  [130, '2 min 10 s'],
  [3_600, '1 h'],
  [7_500, '2 h 5 min'],
  [90_000, '1 d 1 h'],
])('%d s is %s', (seconds, text) => expect(renderDuration(seconds)).toBe(text));
