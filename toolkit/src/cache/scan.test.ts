import { lutimesSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { planCleanup } from './change.ts';
import { scanCache } from './scan.ts';

const DAY_MS = 86_400_000;
const NOW_MS = Date.now();
let cache: string;
beforeEach(() => (cache = mkdtempSync(join(tmpdir(), 'scan-'))));
afterEach(() => rmSync(cache, { recursive: true }));

const scan = () => scanCache(join(cache, 'models'), NOW_MS);
const write = (name: string, text: string) => {
  const file = join(cache, name);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, text);
  return file;
};
const link = (target: string, name: string) => {
  mkdirSync(join(cache, name, '..'), { recursive: true });
  symlinkSync(target, join(cache, name));
};
const age = (name: string, days: number, set = utimesSync) => {
  const then = (NOW_MS - days * DAY_MS) / 1_000;
  set(join(cache, name), then, then);
};

describe('scanCache', () => {
  it('counts a link as the file it leads to, and its age as that of the younger of the two', () => {
    link(write('store/config.json', '{}'), 'models/org/model/config.json');
    link(write('store/model.safetensors', 'weights'), 'models/org/model/model.safetensors');
    for (const name of ['config.json', 'model.safetensors']) age(`store/${name}`, 400);
    expect(scan()).toMatchObject([{ name: 'org/model', sizeBytes: 9, files: 2 }]);
    expect(planCleanup(scan(), 30, NOW_MS)).toEqual([]);
    for (const name of ['config.json', 'model.safetensors']) age(`models/org/model/${name}`, 40, lutimesSync);
    expect(planCleanup(scan(), 30, NOW_MS)).toHaveLength(1);
    age('store/config.json', 20);
    expect(planCleanup(scan(), 30, NOW_MS)).toEqual([]);
  });

  it("counts a file once that a hub cache's snapshot names again", () => {
    write('models/hub/models--org--model/blobs/abc', 'weights');
    link('../../blobs/abc', 'models/hub/models--org--model/snapshots/main/model.safetensors');
    expect(scan()).toMatchObject([{ name: 'org/model', sizeBytes: 7, files: 1 }]);
  });

  it('takes the age of the folder where no file tells one', () => {
    link('missing.safetensors', 'models/org/broken/model.safetensors');
    age('models/org/broken/model.safetensors', 40, lutimesSync);
    write('models/org/dated/config.json', '{}');
    utimesSync(join(cache, 'models/org/dated/config.json'), 0, 0);
    mkdirSync(join(cache, 'models/hub/models--org--empty'), { recursive: true });
    const ages = () => planCleanup(scan(), 30, NOW_MS).map(({ name }) => name);
    expect(ages()).toEqual(['org/broken']);
    age('models/hub/models--org--empty', 40);
    age('models/org/dated', 40);
    expect(ages()).toEqual(['org/broken', 'org/dated', 'org/empty']);
  });
});
