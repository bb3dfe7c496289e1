import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderCataloguePage } from '../../src/docs/catalogue-page.ts';
import { loadModelFacts } from '../../src/docs/facts.ts';
import { catalogueFolders } from '../../src/models/catalogue.ts';
import { REPOSITORY } from '../lib/aimctl.ts';
import { launchBrowser } from '../lib/browser.ts';

const scratch = mkdtempSync(join(tmpdir(), 'aimctl-catalogue-'));
const HOSTILE = `<img src=x onerror="document.title='owned'"></script><script>document.title='owned'</script>" onclick="x`;

/** What these tests ask of an element; the types of this repository know no browser. */
interface Shown {
  readonly textContent: string;
  /** False also for what a closed <details> hides. */
  checkVisibility(): boolean;
}

let browser: Browser;
let page: Page;
/** Everything that went wrong or went out. */
const complaints: string[] = [];

async function open(): Promise<void> {
  page = await browser.newPage();
  page.on('console', (message) => complaints.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(`error: ${String(error)}`));
  page.on('request', (request) => {
    if (!request.url().startsWith('file:')) complaints.push(`request: ${request.url()}`);
  });
  await page.setOfflineMode(true);
}

const facts = await loadModelFacts(catalogueFolders(REPOSITORY), new AbortController().signal);
const names = facts.models.map(({ name }) => name);

beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser.close();
  rmSync(scratch, { recursive: true });
});

/** Headings of the models that can be seen. */
const visible = () =>
  page.$$eval('article h2', (found: unknown) =>
    (found as Shown[]).filter((each) => each.checkVisibility()).map((each) => each.textContent),
  );

async function search(text: string): Promise<string[]> {
  await page.focus('#search');
  await page.keyboard.down('Control');
  await page.keyboard.press('A');
  await page.keyboard.up('Control');
  await page.keyboard.press('Backspace');
  await page.keyboard.type(text);
  return visible();
}

describe('the catalogue in Chromium', () => {
  beforeAll(async () => {
    await open();
    await page.goto(pathToFileURL(join(REPOSITORY, 'docs/catalogue.html')).href);
  });

  it('shows every model, without a network and without an error', async () => {
    expect(await visible()).toEqual(names);
    expect(await page.$eval('#count', (count: unknown) => (count as Shown).textContent)).toBe(
      `${names.length} of ${names.length} models`,
    );
    expect(complaints).toEqual([]);
  });

  it('finds models by all words of a search, in any case, and shows all again without one', async () => {
    const expected = (test: (model: (typeof facts.models)[number]) => boolean) =>
      facts.models.filter(test).map(({ name }) => name);
    const qwen = await search('QWEN');
    expect(qwen).toEqual(names.filter((name) => name.toLowerCase().includes('qwen')));
    const both = await search('mi355x fp8');
    expect(both).toEqual(
      expected(
        ({ serving }) =>
          serving.some(({ gpu }) => gpu === 'MI355X') && serving.some(({ precision }) => precision === 'fp8'),
      ),
    );
    expect(both.length).toBeGreaterThan(0);
    expect(both.length).toBeLessThan(names.length);
    expect(await search('no such model')).toEqual([]);
    expect(await page.$eval('#count', (count: unknown) => (count as Shown).textContent)).toBe(
      `0 of ${names.length} models`,
    );
    expect(await search('')).toEqual(names);
  });

  it('opens the profiles of a model', async () => {
    const rows = () =>
      page.$$eval('article:first-of-type tr', (found: unknown) =>
        (found as Shown[]).filter((each) => each.checkVisibility()).map((each) => each.textContent),
      );
    expect(await rows()).toEqual([]);
    await page.click('article:first-of-type summary');
    expect(await rows()).toHaveLength(facts.models[0]!.serving.length + 1);
    expect(complaints).toEqual([]);
  });
});

it('can be read without scripts', async () => {
  await open();
  await page.setJavaScriptEnabled(false);
  await page.goto(pathToFileURL(join(REPOSITORY, 'docs/catalogue.html')).href);
  expect(await visible()).toEqual(names);
});

it('shows hostile names as they are and runs nothing of them', async () => {
  const [model] = facts.models;
  const hostile = { ...model!, name: HOSTILE, description: HOSTILE, publisher: HOSTILE, tags: [HOSTILE] };
  const template = readFileSync(join(REPOSITORY, 'templates/catalogue.html'), 'utf8');
  const file = join(scratch, 'hostile.html');
  writeFileSync(file, renderCataloguePage(template, { models: [hostile], general: [] }).text);
  await open();
  await page.goto(pathToFileURL(file).href);
  expect(await visible()).toEqual([HOSTILE]);
  expect(await page.$$('img, article [onclick], article script')).toEqual([]);
  expect(await page.title()).toBe('AIM models');
  expect(await search('onerror')).toEqual([HOSTILE]);
  expect(complaints).toEqual([]);
});
