import { loadEngineTable } from 'aim-runtime/engine';
import { describe, expect, it } from 'vitest';
import { argumentName, settingName } from './argument-names.ts';

describe('names of engine arguments', () => {
  it('are those of the schemas', async () => {
    for (const engine of ['vllm', 'sglang'] as const) {
      const { schema } = await loadEngineTable(engine);
      for (const [name, property] of Object.entries(schema.properties)) {
        // The model never is an argument of a profile.
        if (name === 'model') continue;
        expect(argumentName(name), name).toBe(property['x-cli']?.aliasOf ?? name);
      }
    }
  });

  it.each([
    ['tp_size', 'tensor-parallel-size'],
    ['no_enable_x', 'enable-x'],
    ['enable-x', 'enable-x'],
    ['compilation_config.pass.a', 'compilation-config.pass'],
    ['compilation-config.pass', 'compilation-config.pass'],
    ['compilation-config.sizes+', 'compilation-config.sizes'],
  ])('%s decides about %s', (key, setting) => expect(settingName(key)).toBe(setting));
});
