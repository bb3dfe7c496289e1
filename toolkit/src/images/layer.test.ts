import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLayer } from './layer.ts';
import type { ImagePlan } from './plan.ts';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'layer-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const digestOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

function planOf(content: string | Buffer): ImagePlan {
  const source = join(folder, 'source');
  writeFileSync(source, content);
  return {
    kind: 'model',
    aimId: 'acme/Tiny',
    reference: 'x:1',
    version: '1',
    base: 'b',
    entries: [
      { kind: 'directory', path: '/w', mode: 0o755, owner: 0 },
      { kind: 'file', path: '/w/file', mode: 0o644, source },
    ],
    labels: {},
    env: {},
    workdir: undefined,
    user: undefined,
    entrypoint: undefined,
    createdAt: 1_750_000_000,
  };
}

describe('layers', () => {
  it.each([
    ['in memory', 10],
    ['larger than what is kept in memory', 5 * 1024 * 1024],
  ])('%s: digests, sizes and any part of the bytes agree', async (_, sizeBytes) => {
    const content = Buffer.alloc(sizeBytes, 'aim');
    const layer = await createLayer(planOf(content));
    const { blob } = layer;
    const packed = await buffer(Readable.from(blob.read(0, blob.sizeBytes)));
    expect(packed).toHaveLength(blob.sizeBytes);
    expect(blob.digest).toBe(`sha256:${digestOf(packed)}`);
    const tar = gunzipSync(packed);
    expect(tar).toHaveLength(layer.tarBytes);
    expect(layer.diffId).toBe(`sha256:${digestOf(tar)}`);
    expect(tar.equals(await buffer(layer.readTar()))).toBe(true);
    expect(layer.files).toEqual({ '/w/file': digestOf(content) });
    const [start, end] = [Math.floor(blob.sizeBytes / 3), blob.sizeBytes - 7];
    expect((await buffer(Readable.from(blob.read(start, end)))).equals(packed.subarray(start, end))).toBe(true);
  });

  it('have the same digests everywhere and for ever', async () => {
    const { diffId, blob } = await createLayer(planOf('hello\n'));
    expect([diffId, blob.digest]).toMatchInlineSnapshot(`
      [
        "sha256:a428514358c669bf4db95d8e3a8d815e3d53f9fbc90fe03dd8243f2673332383",
        "sha256:3be81d28f323ce9a1b100c9e2001947a3f8a23bd32b240445d6f1ba38fabfa8f",
      ]
    `);
  });
});
