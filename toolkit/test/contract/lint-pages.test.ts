import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { lintWithOptions, RULES } from '../../src/lint/main.ts';
import type { Finding } from '../../src/lint/finding.ts';

const DOCS = join(import.meta.dirname, '../../../docs/lint');
const scratch = mkdtempSync(join(tmpdir(), 'aim-lint-pages-'));
afterAll(() => rmSync(scratch, { recursive: true }));

interface Example {
  readonly path: string;
  readonly text: string;
  /** Line that the page says is reported. */
  readonly reported: number | undefined;
}

/** Examples of a page below a heading; the fence names the file, a comment or the fence the reported line. */
function examplesOf(page: string, heading: string): Example[] {
  const part = page.split(/^## /m).find((each) => each.startsWith(`${heading}\n`)) ?? '';
  return [...part.matchAll(/^```\w+ (\S+)(?: reported=(\d+))?\n([^]*?)^```$/gm)].map(([, path, line, text]) => {
    const marked = text!.split('\n').findIndex((each) => each.includes('# reported'));
    return {
      path: path!,
      text: text!,
      reported: line === undefined ? (marked < 0 ? undefined : marked + 1) : Number(line),
    };
  });
}

function write(name: string, examples: readonly Example[]): string {
  const folder = join(scratch, name);
  for (const { path, text } of examples) {
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

async function lint(folder: string, rule: string, fix = false): Promise<readonly Finding[]> {
  // A rule about comments needs the rules that the comments are about.
  const rules = rule.startsWith('disable-') ? [] : [rule];
  const options = { paths: [folder], cwd: folder, config: undefined, version: undefined, rules, fix };
  const { findings } = await lintWithOptions(options);
  return findings.filter((finding) => finding.rule === rule);
}

it('every rule has a page, and every page a rule', () => {
  const pages = readdirSync(DOCS).filter((name) => name !== 'README.md');
  expect(pages).toEqual(RULES.map(({ id }) => `${id}.md`).sort());
  const index = readFileSync(join(DOCS, 'README.md'), 'utf8');
  for (const { id, severity, why } of RULES)
    expect(index.replaceAll(/ +/g, ' ')).toContain(`| [${id}](${id}.md) | ${severity} | ${why} |`);
});

describe.each(RULES.map(({ id }) => id))('%s', (id) => {
  const rule = RULES.find((each) => each.id === id)!;
  const page = readFileSync(join(DOCS, `${id}.md`), 'utf8');
  const wrong = examplesOf(page, 'Wrong');
  const right = examplesOf(page, 'Right');

  it('says on its page what its findings say', () => {
    expect(page).toContain(`# ${id}\n\nSeverity: ${rule.severity}\n\n${rule.why}\n`);
  });

  it('reports the wrong example in the marked line and nothing else', async () => {
    const findings = await lint(write(`${id}/wrong`, wrong), id);
    const expected = wrong.filter(({ reported }) => reported !== undefined);
    expect(expected).toHaveLength(1);
    expect(findings.map(({ file, line }) => ({ file, line }))).toEqual([
      { file: expected[0]!.path, line: expected[0]!.reported },
    ]);
    expect(findings[0]!.severity).toBe(rule.severity);
  });

  it('is content with the right example', async () => {
    expect(right.length).toBeGreaterThan(0);
    expect(await lint(write(`${id}/right`, right), id)).toEqual([]);
  });

  it('repairs the wrong example for good, if it says that it can', async () => {
    const folder = write(`${id}/fixed`, wrong);
    const before = await lint(folder, id);
    const after = await lint(folder, id, true);
    expect(after).toHaveLength(before.some(({ fixable }) => fixable) ? 0 : before.length);
    const texts = () => wrong.map(({ path }) => readFileSync(join(folder, path), 'utf8'));
    const once = texts();
    await lint(folder, id, true);
    expect(texts()).toEqual(once);
  });
});
