import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { renderPage } from './page.ts';
import { applyDocs, planDocs } from './update.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'aim-docs-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const write = (path: string, text: string) => {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
};
const page = (path: string, text = 'text') => renderPage(path, 'Title', [text]);

describe('generated pages', () => {
  it('are added, changed, removed or left as they are', () => {
    for (const each of [page('same.md'), page('changed.md', 'before'), page('models/old/gone.md'), page('images.md')])
      write(each.path, each.text);
    write('by-hand.md', '# Mine\n');
    const pages = [page('same.md'), page('changed.md', 'after'), page('models/new.md')];
    const plan = planDocs(folder, pages, ['images.md']);
    expect(plan).toEqual({
      added: ['models/new.md'],
      changed: ['changed.md'],
      removed: ['models/old/gone.md'],
      unchanged: 1,
    });
    applyDocs(folder, pages, plan);
    expect(planDocs(folder, pages, ['images.md'])).toEqual({ added: [], changed: [], removed: [], unchanged: 3 });
    expect(readFileSync(join(folder, 'by-hand.md'), 'utf8')).toBe('# Mine\n');
  });

  it('are removed only where generated pages are kept', () => {
    for (const path of [
      'docs/cli/lint.md',
      'node_modules/x/models/a.md',
      'modelsets/b.md',
      'gone.md',
      'models/gone.md',
    ])
      write(path, page(path).text);
    const plan = planDocs(folder, [page('models/new.md'), page('matrix.md')], []);
    expect(plan.removed).toEqual(['gone.md', 'models/gone.md']);
  });

  it('never replace what was written by hand', () => {
    write('guide.md', '# Mine\n');
    expect(() => planDocs(folder, [page('guide.md')], [])).toThrow(/written by hand/);
    expect(readFileSync(join(folder, 'guide.md'), 'utf8')).toBe('# Mine\n');
  });

  it('go to a folder that is not there yet', () => {
    const pages = [page('a/b/c.md')];
    const fresh = join(folder, 'site');
    applyDocs(fresh, pages, planDocs(fresh, pages, []));
    expect(readFileSync(join(fresh, 'a/b/c.md'), 'utf8')).toContain('# Title');
  });
});
