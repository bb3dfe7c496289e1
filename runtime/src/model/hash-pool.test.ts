import { createHash } from 'node:crypto';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Algorithm } from './digest.ts';
import { HashPool } from './hash-pool.ts';

let folder: string;
const pool = new HashPool(2);
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'aim-hash-'));
});
afterAll(async () => {
  await pool.close();
  rmSync(folder, { recursive: true, force: true });
});

const hex = (name: string, ...parts: (string | Uint8Array)[]) => {
  const hash = createHash(name);
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
};

function expected(algorithm: Algorithm, content: Buffer, partBytes: number): string {
  if (algorithm === 'git-sha1') return hex('sha1', `blob ${content.length}\0`, content);
  if (algorithm === 'crc32') return crc32(content).toString(16).padStart(8, '0');
  if (algorithm !== 'md5-parts') return hex(algorithm, content);
  const parts = Array.from({ length: Math.ceil(content.length / partBytes) }, (_, index) =>
    createHash('md5')
      .update(content.subarray(index * partBytes, (index + 1) * partBytes))
      .digest(),
  );
  return `${hex('md5', ...parts)}-${parts.length}`;
}

it('computes every digest while the file grows', async () => {
  const algorithm = fc.constantFrom<Algorithm>('sha256', 'git-sha1', 'md5', 'md5-parts', 'crc32');
  const chunks = fc.array(fc.uint8Array({ minLength: 1, maxLength: 5000 }), { maxLength: 8 });
  let count = 0;
  await fc.assert(
    fc.asyncProperty(algorithm, chunks, fc.integer({ min: 1, max: 3000 }), async (name, pieces, partBytes) => {
      const path = join(folder, String(count++));
      writeFileSync(path, '');
      const content = Buffer.concat(pieces);
      const job = pool.start({ path, sizeBytes: content.length, algorithm: name, partBytes });
      let upTo = 0;
      for (const piece of pieces) {
        appendFileSync(path, piece);
        job.advance((upTo += piece.length));
      }
      expect(await job.finish()).toEqual({ sha256: hex('sha256', content), asked: expected(name, content, partBytes) });
    }),
    { numRuns: 60 },
  );
});

it('fails for a file that is shorter than announced or missing', async () => {
  const path = join(folder, 'short');
  writeFileSync(path, 'abc');
  const short = pool.start({ path, sizeBytes: 9, algorithm: 'sha256', partBytes: undefined });
  short.advance(9);
  await expect(short.finish()).rejects.toThrow('ends at byte 3');
  const missing = pool.start({ path: join(folder, 'none'), sizeBytes: 1, algorithm: 'sha256', partBytes: undefined });
  await expect(missing.finish()).rejects.toMatchObject({ code: 'ENOENT' });
});

it('gives up what is being hashed when its signal aborts', async () => {
  const abort = new AbortController();
  const stopped = new HashPool(1, abort.signal);
  const path = join(folder, 'growing');
  writeFileSync(path, 'abc');
  const before = stopped.start({ path, sizeBytes: 9, algorithm: 'sha256', partBytes: undefined });
  abort.abort(new Error('stop'));
  await expect(before.finish()).rejects.toThrow('stop');
  const after = stopped.start({ path, sizeBytes: 3, algorithm: 'sha256', partBytes: undefined });
  await expect(after.finish()).rejects.toThrow('stop');
  await stopped.close();
});
