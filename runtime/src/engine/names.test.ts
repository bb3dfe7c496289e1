import { expect, it } from 'vitest';
import { canonicalName, oppositeName } from './names.ts';

it('takes underscores for dashes up to the first dot', () => {
  expect(canonicalName('max_model-len')).toBe('max-model-len');
  expect(canonicalName('compilation_config.pass_config.enable_fusion')).toBe(
    'compilation-config.pass_config.enable_fusion',
  );
});

it('finds the opposite both ways', () => {
  expect(oppositeName('enable-lora')).toBe('no-enable-lora');
  expect(oppositeName('no-enable-lora')).toBe('enable-lora');
});
