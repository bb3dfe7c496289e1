import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inflateSync } from 'node:zlib';
import type { Browser, Page } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aimctl } from '../lib/aimctl.ts';
import { writeRun } from '../lib/bench-run.ts';
import { launchBrowser } from '../lib/browser.ts';

const folder = mkdtempSync(join(tmpdir(), 'aimctl-bench-page-'));
const XSS = '<img src=x onerror="document.title=\'owned\'"><script>document.title="owned"</script>';
const PROFILES = ['mi300x-fp8-throughput', 'mi300x-fp16-latency', XSS];

/** What these tests ask of an element; the types of this repository know no browser. */
interface Shown {
  readonly textContent: string;
  getClientRects(): { readonly length: number };
  getBoundingClientRect(): { readonly y: number };
}

let browser: Browser;
let page: Page;
/** Everything that went wrong or went out. */
const complaints: string[] = [];

beforeAll(async () => {
  const loads = [1, 8, 96];
  const points = PROFILES.flatMap((profile, at) =>
    loads.map((concurrency) => ({ profile, concurrency, tokenMs: 6 + 3 * at, identity: { model: XSS, gpu: XSS } })),
  );
  writeRun(folder, [...points, { profile: 'invalid', concurrency: 2, invalid: true }]);
  const written = aimctl(['bench', 'report', folder]);
  if (written.status !== 0) throw new Error(written.stderr);
  browser = await launchBrowser();
  page = await browser.newPage();
  page.on('console', (message) => complaints.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(`error: ${String(error)}`));
  page.on('request', (request) => {
    if (!request.url().startsWith('file:')) complaints.push(`request: ${request.url()}`);
  });
  await page.setOfflineMode(true);
  await page.setViewport({ width: 1280, height: 900 });
  await page.goto(pathToFileURL(join(folder, 'report.html')).href);
});
afterAll(async () => {
  await browser.close();
  rmSync(folder, { recursive: true });
});

const texts = (selector: string) =>
  page.$$eval(selector, (found: unknown) => (found as Shown[]).map((each) => each.textContent));
const visible = (selector: string) =>
  page.$$eval(
    selector,
    (found: unknown) => (found as Shown[]).filter((each) => each.getClientRects().length > 0).length,
  );
const heading = (column: number) => `table.points th:nth-child(${column}) button`;
const column = (at: number) => texts(`table.points tbody td:nth-child(${at})`);

describe('the page of a run in Chromium', () => {
  it('loads without a network, an error or a blocked resource, and runs nothing that names smuggle in', async () => {
    expect(complaints).toEqual([]);
    expect(await page.title()).toBe('Benchmark of ssh://me@gpu-node');
    expect(await column(1)).toContain(XSS);
    expect(await page.$$('img')).toHaveLength(0);
  });

  it('draws marks for every valid point in all charts', async () => {
    expect(await visible('svg.pareto circle.series')).toBe(9);
    expect(await visible('svg.pareto path.series')).toBe(3);
    expect(await page.$$('svg.cdf')).toHaveLength(3);
    expect(await visible('svg.cdf path.series')).toBe(27);
    expect(await page.$$('details[open] svg.time path.line')).toHaveLength(4);
    expect(await page.$$('svg.time path.line')).toHaveLength(40);
    const heights = await page.$$eval('svg.pareto circle', (found: unknown) =>
      (found as Shown[]).map((each) => each.getBoundingClientRect().y),
    );
    expect(new Set(heights.map(Math.round)).size).toBeGreaterThan(5);
  });

  it('sorts the table by a click, numbers as numbers, the other way round by a second', async () => {
    const values = async () => (await column(5)).map(Number.parseFloat);
    await page.click(heading(5));
    const ascending = await values();
    expect(ascending.at(-1)).toBeNaN();
    const known = ascending.slice(0, -1);
    expect(known).toEqual(known.toSorted((a, b) => a - b));
    await page.click(heading(5));
    const descending = await values();
    expect(descending).toEqual([...known.toReversed(), Number.NaN]);
    await page.click(heading(1));
    const names = await column(1);
    expect(names).toEqual(names.toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true })));
    await page.click(heading(2));
    expect((await column(2)).map((text) => Number.parseInt(text, 10))).toEqual([1, 1, 1, 2, 8, 8, 8, 96, 96, 96]);
  });

  it('hides a profile everywhere when it is filtered out, and shows it again', async () => {
    const before = await visible('table.points tbody tr');
    await page.click('.chip:first-child input');
    expect(await visible('table.points tbody tr')).toBe(before - 3);
    expect(await visible('svg.pareto circle.series')).toBe(6);
    expect(await visible('svg.cdf path.series')).toBe(18);
    await page.click('.chip:first-child input');
    expect(await visible('table.points tbody tr')).toBe(before);
  });

  it('points out a row in the charts', async () => {
    await page.hover('table.points tbody tr:first-child td:nth-child(4)');
    expect(await page.$$('.series.picked')).toHaveLength(4);
    await page.mouse.move(0, 0);
    expect(await page.$$('.series.picked')).toHaveLength(0);
  });

  it('is drawn: pictures in light and in dark are full of colours, and differ', async () => {
    const light = await colours(page);
    await page.click('#theme');
    const dark = await colours(page);
    expect(light.count).toBeGreaterThan(50);
    expect(dark.count).toBeGreaterThan(50);
    expect(light.mean).toBeGreaterThan(200);
    expect(dark.mean).toBeLessThan(80);
    expect(complaints).toEqual([]);
  });
});

/** Number of colours and mean brightness (0..255) of what the browser shows. */
async function colours(shown: Page): Promise<{ count: number; mean: number }> {
  const png = Buffer.from(await shown.screenshot({ type: 'png' }));
  const pixels = unfilter(png);
  const seen = new Set<number>();
  let sum = 0;
  for (let at = 0; at + 2 < pixels.length; at += 3) {
    const [red, green, blue] = [pixels[at]!, pixels[at + 1]!, pixels[at + 2]!];
    seen.add((red << 16) | (green << 8) | blue);
    sum += (red + green + blue) / 3;
  }
  return { count: seen.size, mean: sum / (pixels.length / 3) };
}

/** Pixels of a PNG with 8-bit RGB or RGBA and no interlacing, which is what Chromium writes; as RGB. */
function unfilter(png: Buffer): Uint8Array {
  const [width, height, channels] = [png.readUInt32BE(16), png.readUInt32BE(20), png[25] === 6 ? 4 : 3];
  const parts: Buffer[] = [];
  for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at)) {
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT')
      parts.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)));
  }
  const data = inflateSync(Buffer.concat(parts));
  const stride = width * channels;
  const rows = new Uint8Array(stride * height);
  const colour = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const filter = data[y * (stride + 1)]!;
    for (let x = 0; x < stride; x++) {
      const left = x < channels ? 0 : rows[y * stride + x - channels]!;
      const up = y === 0 ? 0 : rows[(y - 1) * stride + x]!;
      const corner = x < channels || y === 0 ? 0 : rows[(y - 1) * stride + x - channels]!;
      const predicted = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter]!;
      rows[y * stride + x] = data[y * (stride + 1) + 1 + x]! + predicted;
    }
  }
  for (let pixel = 0; pixel < width * height; pixel++) {
    for (let part = 0; part < 3; part++) colour[pixel * 3 + part] = rows[pixel * channels + part]!;
  }
  return colour;
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner;
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
  return a <= b && a <= c ? left : b <= c ? up : corner;
}
