import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { PartFile, removePart } from './part-file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'aim-part-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

it('gathers segments in any order and over any number of runs', async () => {
  const plan = fc.record({
    content: fc.uint8Array({ minLength: 1, maxLength: 300 }),
    segmentBytes: fc.integer({ min: 1, max: 64 }),
    steps: fc.array(fc.record({ segment: fc.nat(), length: fc.integer({ min: 1, max: 40 }), reopen: fc.boolean() })),
  });
  await fc.assert(
    fc.asyncProperty(plan, async ({ content, segmentBytes, steps }) => {
      const options = { path: join(folder, 'f.part'), sizeBytes: content.length, segmentBytes };
      await removePart(options.path);
      let part = await PartFile.open(options);
      let done = 0;
      const put = async (segment: number, length: number) => {
        const range = part.missing(segment);
        if (!range) return;
        const bytes = Buffer.from(content.subarray(range.startByte, Math.min(range.endByte, range.startByte + length)));
        await part.append(segment, [bytes.subarray(0, 1), bytes.subarray(1)]);
        done += bytes.length;
      };
      for (const { segment, length, reopen } of steps) {
        await put(segment % part.segmentCount, length);
        expect(part.doneBytes).toBe(done);
        const prefix = part.prefixBytes;
        expect(Buffer.from(content.subarray(0, prefix)).equals(readFileSync(options.path).subarray(0, prefix))).toBe(
          true,
        );
        if (!reopen) continue;
        await part.close();
        part = await PartFile.open(options);
      }
      for (let segment = 0; segment < part.segmentCount; segment++) await put(segment, segmentBytes);
      expect(part.prefixBytes).toBe(content.length);
      await part.close();
      expect(readFileSync(options.path).equals(Buffer.from(content))).toBe(true);
    }),
    { numRuns: 50 },
  );
});

it.each([
  ['of another size', { sizeBytes: 99, segmentBytes: 10 }],
  ['with other segments', { sizeBytes: 100, segmentBytes: 20 }],
])('starts over with a journal %s', async (_, other) => {
  const path = join(folder, 'f.part');
  const part = await PartFile.open({ path, sizeBytes: 100, segmentBytes: 10 });
  await part.append(0, [Buffer.alloc(10)]);
  await part.close();
  const reopened = await PartFile.open({ path, ...other });
  expect(reopened.doneBytes).toBe(0);
  await reopened.close();
});

it('believes neither a spoiled journal nor one whose data is gone', async () => {
  const plan = { path: join(folder, 'f.part'), sizeBytes: 100, segmentBytes: 10 };
  const part = await PartFile.open(plan);
  for (const segment of [0, 1, 2]) await part.append(segment, [Buffer.alloc(10)]);
  await part.close();
  truncateSync(plan.path, 15);
  const cut = await PartFile.open(plan);
  expect(cut.doneBytes).toBe(15);
  await cut.close();
  writeFileSync(`${plan.path}.journal`, 'nonsense');
  const fresh = await PartFile.open(plan);
  expect(fresh.doneBytes).toBe(0);
  await fresh.close();
});
