import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { load } from 'js-yaml';
import { createProfileParser } from 'aim-runtime/profile';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/lint/config.ts';
import { RULES } from '../../src/lint/main.ts';
import { parseScanConfig } from '../../src/scan/config.ts';
import { REPOSITORY } from '../lib/aimctl.ts';
import { findBlocks, PAGES, readPage, withoutCode } from '../lib/docs-blocks.ts';

/** Anchors of a page's headings, as GitHub makes them. */
function anchorsOf(markdown: string): string[] {
  const headings = markdown.replaceAll(/^```[^]*?^```$/gm, '').matchAll(/^#+ +(.+)$/gm);
  return [...headings].map(([, text = '']) => {
    const plain = text.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll(/[`*]/g, '');
    return plain
      .trim()
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-');
  });
}

/** Links of a page that lead nowhere. */
function brokenLinks(page: string): string[] {
  const links = [...withoutCode(readPage(page)).matchAll(/\]\(([^)\s]+)(?: "[^"]*")?\)/g)].map(([, to = '']) => to);
  return links.filter((link) => {
    if (/^https?:\/\//.test(link)) return !URL.canParse(link);
    const [path = '', anchor] = link.split('#');
    const target = path === '' ? page : join(dirname(page), decodeURI(path));
    if (target.startsWith('..') || !existsSync(join(REPOSITORY, target))) return true;
    if (anchor === undefined) return statSync(join(REPOSITORY, target)).isDirectory();
    return !anchorsOf(readPage(target)).includes(anchor);
  });
}

/** What is wrong with an example in YAML; undefined for nothing. */
function yamlProblem(text: string): unknown {
  const value = load(text) as Record<string, unknown>;
  if ('engine_args' in value) {
    const layer = 'aim_id' in value ? 'model' : 'custom';
    const parsed = createProfileParser()({ path: 'example.yaml', name: 'example.yaml', layer }, text);
    return parsed.ok ? parsed.warnings[0] : parsed;
  }
  if ('lint' in value || 'scan' in value) {
    parseConfig(
      text,
      'aimctl.config.yaml',
      RULES.map(({ id }) => id),
    );
    parseScanConfig(text, 'aimctl.config.yaml');
    return undefined;
  }
  const { apiVersion, kind, metadata } = value as { apiVersion?: string; kind?: string; metadata?: { name?: string } };
  return apiVersion && kind && metadata?.name ? undefined : `neither a profile, settings nor a manifest: ${text}`;
}

/** Pages of lint rules show files that are wrong; a test of their own reads them. */
const written = PAGES.filter((page) => !page.startsWith('docs/lint/') || page === 'docs/lint/README.md');

describe('the documentation', () => {
  it.each(PAGES)('%s has no link that leads nowhere', (page) => {
    expect(brokenLinks(page)).toEqual([]);
  });

  it('has examples in YAML and JSON that are what they look like', () => {
    const blocks = written.flatMap((page) => findBlocks(readPage(page)).map((block) => ({ page, ...block })));
    const yaml = blocks.filter(({ language }) => language === 'yaml');
    expect(yaml.length).toBeGreaterThan(2);
    expect(yaml.filter(({ text }) => yamlProblem(text) !== undefined)).toEqual([]);
    for (const { language, text } of blocks)
      if (language === 'json') expect(() => JSON.parse(text) as unknown).not.toThrow();
  });

  it('names a known language of every block, so that none is left unchecked', () => {
    const blocks = written.filter((page) => page !== 'ARCHITECTURE.md').flatMap((page) => findBlocks(readPage(page)));
    const other = blocks.filter(({ language }) => !['sh', 'yaml', 'json', 'text'].includes(language));
    expect(other).toEqual([]);
  });

  it('is found from its index', () => {
    const index = readPage('docs/README.md') + readPage('docs/overview.md');
    // images.md is written by `aimctl docs --registry` alone.
    const others = ['docs/README.md', 'docs/images.md'];
    const pages = PAGES.filter((page) => /^docs\/[^/]+\.md$/.test(page) && !others.includes(page));
    expect(pages.filter((page) => !index.includes(`(${page.slice('docs/'.length)})`))).toEqual([]);
    expect(pages.length).toBeGreaterThan(12);
  });
});

describe('the checks of this test', () => {
  it('notice what is broken', () => {
    expect(anchorsOf('# One `two`: [three](x.md)\n```sh\n# none\n```\n## Ä b-c')).toEqual(['one-two-three', 'ä-b-c']);
    expect(yamlProblem('engine_args: {}\nmetadata: { engine: vllm }')).toBeDefined();
    expect(yamlProblem('a: 1')).toBeDefined();
    expect(() => yamlProblem('lint: { rules: { no-such-rule: off } }')).toThrow();
  });
});
