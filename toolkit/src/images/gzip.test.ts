import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gzipStored, storedSize } from './gzip.ts';

async function* chunksOf(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  let at = 0;
  for (const size of sizes) {
    yield bytes.subarray(at, at + size);
    at += size;
  }
  yield bytes.subarray(at);
  await Promise.resolve();
}
const pack = (bytes: Buffer, sizes: readonly number[] = []) => buffer(gzipStored(chunksOf(bytes, sizes), bytes.length));

describe('gzip with stored blocks', () => {
  it('is read back by zlib, has the size that was foretold and does not depend on how the input is cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 2_000 }),
        fc.nat(3),
        fc.array(fc.nat(70_000)),
        async (seed, times, cuts) => {
          const bytes = Buffer.concat(Array.from({ length: 1 + times * 40 }, () => Buffer.from(seed)));
          const packed = await pack(bytes, cuts);
          expect(gunzipSync(packed).equals(bytes)).toBe(true);
          expect(packed).toHaveLength(storedSize(bytes.length));
          expect(packed.equals(await pack(bytes))).toBe(true);
        },
      ),
      { numRuns: 50 },
    );
  });

  it.each([0, 1, 65_534, 65_535, 65_536, 131_070])('ends with one last block for %i bytes', async (size) => {
    const packed = await pack(Buffer.alloc(size, 'x'));
    expect(gunzipSync(packed)).toHaveLength(size);
    expect(packed).toHaveLength(storedSize(size));
  });

  it('never changes: these bytes are what registries know layers by', async () => {
    const digest = createHash('sha256')
      .update(await pack(Buffer.alloc(100_000, 'aim')))
      .digest('hex');
    expect(digest).toMatchInlineSnapshot(`"8083907ea3e0394829fc9249773a4693238eaaca3c708c1aaa8ced32d439849e"`);
  });

  it('fails when there is more or less than was said', async () => {
    await expect(buffer(gzipStored(chunksOf(Buffer.alloc(10), []), 11))).rejects.toThrow(/expected 11 bytes, got 10/);
    await expect(buffer(gzipStored(chunksOf(Buffer.alloc(70_000), []), 65_535))).rejects.toThrow(/expected/);
  });
});
