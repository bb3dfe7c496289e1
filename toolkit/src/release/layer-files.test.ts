import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { createLayer } from '../images/layer.ts';
import type { ImagePlan, PlannedEntry } from '../images/plan.ts';
import { LARGEST_LAYER_BYTES, parseLayer } from './layer-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'aimctl-layer-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('the files of a layer', () => {
  it('are those it was made of, long names and empty files too', async () => {
    const contents = {
      '/a': '',
      '/b/c.yaml': 'x: 1\n',
      [`/${'long/'.repeat(30)}${'n'.repeat(60)}.yaml`]: 'é'.repeat(700),
    };
    const entries = Object.entries(contents).map(([path, text], index): PlannedEntry => {
      const source = join(folder, String(index));
      writeFileSync(source, text);
      return { kind: 'file', path, mode: 0o644, source };
    });
    const plan = { entries: [{ kind: 'directory', path: '/b', mode: 0o755, owner: 0 }, ...entries], createdAt: 1 };
    const { blob } = await createLayer(plan as unknown as ImagePlan);
    const bytes = Buffer.concat([...(blob.read(0, blob.sizeBytes) as Iterable<Uint8Array>)]);
    const files = parseLayer(bytes);
    expect(new Map([...files].map(([path, content]) => [path, content.toString()]))).toEqual(
      new Map(Object.entries(contents)),
    );
  });

  it('are not read from an archive that is larger than any of ours', () => {
    expect(() => parseLayer(gzipSync(Buffer.alloc(LARGEST_LAYER_BYTES + 1)))).toThrow(RangeError);
  });

  it('are none where the archive is none', () => {
    expect(parseLayer(gzipSync(Buffer.from('no archive'))).size).toBe(0);
  });
});
