import { expect, it } from 'vitest';
import { selectContainers } from './select-containers.ts';

it('selects containers of images that were built here, and says which are in use', () => {
  const list = [
    ['c1', 'aim-base:0.9', 'exited', 'old'],
    ['c2', 'aim-qwen-qwen3-32b:0.9.0', 'running', 'endpoint'],
    ['c3', 'aim-qwen-qwen3-32b:0.9.0', 'created', 'fresh'],
    ['c4', '0123456789ab', 'paused', 'rebuilt'],
    ['c5', 'amdenterpriseai/aim-base:0.9', 'exited', 'pulled'],
  ]
    .map((columns) => columns.join('\t'))
    .join('\n');
  expect(selectContainers(`${list}\n`).map(({ id, name, isInUse }) => [id, name, isInUse])).toEqual([
    ['c1', 'old', false],
    ['c2', 'endpoint', true],
    ['c3', 'fresh', false],
    ['c4', 'rebuilt', true],
  ]);
  expect(selectContainers('')).toEqual([]);
});
