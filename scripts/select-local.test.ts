import { expect, it } from 'vitest';
import { selectLocal } from './select-local.ts';

it('selects what was built here, not what was pulled', () => {
  const list =
    'aim-base:0.9\namdenterpriseai/aim-base:0.9\nregistry:5000/aim-base:0.9\n<none>:<none>\naim-base:<none>\npython:3.12\n';
  expect(selectLocal(list)).toEqual(['aim-base:0.9']);
  expect(selectLocal('')).toEqual([]);
});
