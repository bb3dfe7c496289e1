import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openSession } from './wire.ts';

it('has one client for registries, and another for plain HTTP to other machines', async () => {
  const session = openSession(join(import.meta.dirname, '../..'), { verbose: false, json: false });
  try {
    const [first, second, insecure] = await Promise.all(
      [false, false, true].map((isInsecure) => session.connectRegistries(isInsecure)),
    );
    expect(second).toBe(first);
    expect(insecure).not.toBe(first);
    expect(await session.connectRegistries(true)).toBe(insecure);
  } finally {
    session.close();
  }
});
