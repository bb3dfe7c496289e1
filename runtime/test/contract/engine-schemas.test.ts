import { describe, expect, it } from 'vitest';
import { ENGINES } from '../../src/profile/types.ts';
import type { ArgValue, Engine } from '../../src/profile/types.ts';
import { checkEngineArgs, engineModule, loadEngineTable } from '../../src/engine/index.ts';

describe.each(ENGINES)('schema of the arguments of %s', (engine: Engine) => {
  it('names the module that the command starts', async () => {
    const { schema } = await loadEngineTable(engine);
    expect(schema['x-engine']).toMatchObject({ name: engine, module: engineModule(engine) });
  });

  it('names every flag like its property and pairs every negation with its flag', async () => {
    const { schema } = await loadEngineTable(engine);
    const entries = Object.entries(schema.properties);
    expect(entries.length).toBeGreaterThan(200);
    for (const [name, property] of entries) {
      expect(property['x-cli']?.flag).toBe(`--${name}`);
      const { negation, negates, aliasOf } = property['x-cli'] ?? {};
      if (negation !== undefined) expect(schema.properties[negation.slice(2)]?.['x-cli']?.negates).toBe(name);
      for (const other of [negates, aliasOf])
        if (other !== undefined) expect(schema.properties).toHaveProperty([other]);
    }
  });

  it('takes null, true and false for a flag without a value, and no text', async () => {
    const { schema } = await loadEngineTable(engine);
    const bare = Object.keys(schema.properties).filter((name) => schema.properties[name]?.['x-cli']?.nargs === 0);
    expect(bare.length).toBeGreaterThan(50);
    for (const value of [null, true, false, 'true', 1] satisfies ArgValue[]) {
      const problems = await checkEngineArgs(engine, Object.fromEntries(bare.map((name) => [name, value])));
      const refused = problems.filter(({ allowed }) => allowed !== undefined);
      expect(refused).toHaveLength(typeof value === 'boolean' || value === null ? 0 : bare.length);
    }
  });

  it('takes its own defaults, where the object form can say them', async () => {
    const { schema } = await loadEngineTable(engine);
    const sayable = Object.entries(schema.properties).filter(
      ([, property]) => property.default !== undefined && !Array.isArray(property.default),
    );
    expect(sayable.length).toBeGreaterThan(90);
    for (const [name, { default: value = null }] of sayable) {
      expect([name, await checkEngineArgs(engine, { [name]: value })]).toEqual([name, []]);
    }
  });
});
