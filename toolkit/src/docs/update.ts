import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { writeDocuments } from '../documents/write.ts';
import { failure } from '../exit-codes.ts';
import { MARK, type Page } from './page.ts';

/** What generating would change, in paths below the documentation's folder. */
export interface DocsPlan {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  /** Generated once and no longer asked for. */
  readonly removed: readonly string[];
  readonly unchanged: number;
}

/**
 * Compares pages with a folder. Pages of `kept` paths are left alone when they are not among the pages.
 * @throws AimError check-failed when a file that was written by hand is in the way
 */
export function planDocs(folder: string, pages: readonly Page[], kept: readonly string[]): DocsPlan {
  const before = pages.map(({ path }) => readPage(join(folder, path)));
  const foreign = pages.filter((_, index) => before[index] !== undefined && !before[index].includes(MARK));
  if (foreign.length > 0) {
    throw failure('check-failed', {
      message: `${foreign.length === 1 ? 'a page' : `${foreign.length} pages`} in ${folder} would replace what was written by hand`,
      details: foreign.map(({ path }) => path),
      hint: 'Move these files, or write to another folder with --output.',
    });
  }
  const pathsWhere = (test: (index: number) => boolean) =>
    pages.filter((_, index) => test(index)).map(({ path }) => path);
  const wanted = new Set([...pages.map(({ path }) => path), ...kept]);
  return {
    added: pathsWhere((index) => before[index] === undefined),
    changed: pathsWhere((index) => before[index] !== undefined && before[index] !== pages[index]?.text),
    removed: listGenerated(folder, pages).filter((path) => !wanted.has(path)),
    unchanged: pathsWhere((index) => before[index] === pages[index]?.text).length,
  };
}

/** Does what the plan says. */
export function applyDocs(folder: string, pages: readonly Page[], { removed }: DocsPlan): void {
  writeDocuments(
    pages.map(({ path, text }) => ({ path: join(folder, path), text })),
    { force: true },
  );
  for (const path of removed) rmSync(join(folder, path));
}

function readPage(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

/**
 * Files that carry the mark in their head, where generated pages are kept: in the folder itself, and anywhere below the
 * folders in it that pages go to. Everything else below it, such as another documentation, is somebody else's.
 */
function listGenerated(folder: string, pages: readonly Page[]): string[] {
  const own = new Set(
    pages.map(({ path }) => path.split('/')).flatMap(([top = '', ...rest]) => (rest.length > 0 ? top : [])),
  );
  return [...listPages(folder, false), ...[...own].flatMap((name) => listPages(join(folder, name), true))]
    .filter((path) => readFileSync(path, 'utf8').slice(0, 200).includes(MARK))
    .map((path) => relative(folder, path).split(sep).join('/'))
    .sort();
}

function listPages(folder: string, recursive: boolean): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(?:md|html)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}
