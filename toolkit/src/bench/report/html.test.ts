import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { writeRun } from '../../../test/lib/bench-run.ts';
import type { BenchResult } from '../result.ts';
import { renderCsv } from './csv.ts';
import { escapeHtml } from '../../documents/escape-html.ts';
import { escapeCsv, escapeMarkdown } from './escape.ts';
import { renderHtml } from './html.ts';
import { renderMarkdown } from './markdown.ts';

const folder = mkdtempSync(join(tmpdir(), 'aimctl-bench-html-'));
afterAll(() => rmSync(folder, { recursive: true }));
const templates = join(import.meta.dirname, '../../../../templates');
const page = {
  style: readFileSync(join(templates, 'bench-report.css'), 'utf8'),
  script: readFileSync(join(templates, 'bench-report.js'), 'utf8'),
};
const plain = writeRun(folder, [
  { profile: 'fast', concurrency: 1, requests: 30 },
  { profile: 'fast', concurrency: 4 },
  { profile: 'slow', concurrency: 4, tokenMs: 20 },
  { profile: 'slow', concurrency: 8, invalid: true },
]);

/** The result with every name that others choose replaced. */
function named(text: string): BenchResult {
  return {
    ...plain,
    host: text,
    startedAt: text,
    finishedAt: text,
    tool: { name: 'aimctl', version: text },
    points: plain.points.map((point) => ({
      ...point,
      key: text,
      profile: text,
      identity: { ...point.identity, image: text, model: text, gpu: text, driver: text, backends: { [text]: text } },
      repeats: point.repeats.map((repeat) => ({
        ...repeat,
        spec: { ...repeat.spec, id: text, model: text, dataset: { kind: 'jsonl' as const, path: text } },
      })),
    })),
  };
}

const tagsOf = (html: string) => html.match(/<[a-z!/][^>]*>/gi)?.map((tag) => /^<[^\s>]+/.exec(tag)?.[0]) ?? [];

describe('the page', () => {
  const html = renderHtml(plain, new Map(), page);

  it('needs nothing from elsewhere, and lets only its own script and style run', () => {
    expect(html).not.toMatch(/(?:src|href|srcset|action)=|@import|url\(|https?:|\beval\b|new Function/);
    expect(html).not.toMatch(/\son[a-z]+=|\sstyle=/);
    const policy = /Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1] ?? '';
    expect(policy).toMatch(/^default-src 'none'; style-src 'sha256-[\w+/=]+'; script-src 'sha256-[\w+/=]+';/);
    expect(policy).not.toContain('unsafe');
  });

  it('has a mark for each valid point in each chart, and names those that do not count', () => {
    expect(html.match(/<circle class="series/g)).toHaveLength(3);
    expect(html.match(/<path class="series c\d" data-profile="\d" data-point="\d"/g)).toHaveLength(9);
    expect(html).toContain('client cpu');
    expect(html).toMatch(/<tr data-profile="1" data-point="3" class="invalid">/);
  });

  it('has the same elements whatever things are called', () => {
    // Where all are called alike there is one profile: the reference has one too.
    const reference = tagsOf(renderHtml(named('x'), new Map(), page));
    const hostile = [
      '<script>alert(1)</script>',
      '"><img src=x onerror=alert(1)>',
      "' onmouseover='alert(1)",
      '</title></style></script><svg onload=alert(1)>',
      '<!--',
      ']]>',
      '&lt;script&gt;',
      '\u0000\u001b[31m',
    ];
    for (const name of hostile) expect(tagsOf(renderHtml(named(name), new Map(), page)), name).toEqual(reference);
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom('<', '>', '"', "'", '&', '=', '/', '-', '!', '`', 'a', 'x', ';', '(', ')', ' ', '\n'),
          minLength: 1,
        }),
        (name) => {
          expect(tagsOf(renderHtml(named(name), new Map(), page))).toEqual(reference);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('can be made of a result without points', () => {
    expect(renderHtml({ ...plain, points: [] }, new Map(), page)).toContain('Nothing was reported');
  });
});

describe('tables for other programs', () => {
  it('keep their columns whatever things are called', () => {
    for (const name of ['a|b', 'a\nb', 'a,b', '"', '`x`', '[x](http://evil)', '<b>', '=cmd()', '\\|']) {
      const markdown = renderMarkdown(named(name));
      const rows = markdown.split('\n').filter((line) => line.startsWith('| '));
      const cells = rows.map((row) => row.replace(/\\./g, '').split('|').length);
      expect(new Set(cells).size, name).toBe(1);
      expect(rows).toHaveLength(plain.points.length + 2);
      const lines = parseCsv(renderCsv(named(name)));
      expect(new Set(lines.map((line) => line.length)).size, name).toBe(1);
      expect(lines).toHaveLength(1 + 12);
    }
  });

  it('escape so that a reader gets the text back', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const [[cell] = []] = parseCsv(`${escapeCsv(text)}\r\n`);
        expect(cell).toBe(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text);
        expect(escapeHtml(text)).not.toMatch(/[<>"']/);
        expect(escapeMarkdown(text)).not.toMatch(/[\n\r]|(?<!\\)[|`*_[\]]/);
      }),
    );
  });
});

/** RFC 4180, by the book. */
function parseCsv(text: string): string[][] {
  const lines: string[][] = [[]];
  let [field, quoted] = ['', false];
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    if (quoted && character === '"' && text[at + 1] === '"') {
      field += '"';
      at++;
    } else if (character === '"') quoted = !quoted;
    else if (!quoted && (character === ',' || text.startsWith('\r\n', at))) {
      lines.at(-1)!.push(field);
      field = '';
      if (character !== ',') {
        lines.push([]);
        at++;
      }
    } else field += character;
  }
  return lines.slice(0, -1);
}
