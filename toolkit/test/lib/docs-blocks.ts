import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from './aimctl.ts';

/** What stands between fences on a page. */
export interface Block {
  /** `sh`, `yaml`, …; empty for none. */
  readonly language: string;
  readonly text: string;
}

/** One program with its arguments, as a shell would start it. */
export interface ShellCommand {
  readonly words: readonly string[];
  /** Assignments in front of it. */
  readonly env: Readonly<Record<string, string>>;
}

/** Every Markdown page that people read, relative to the repository. */
export const PAGES = [
  ...['README.md', 'CONTRIBUTING.md', 'ARCHITECTURE.md', 'CHANGELOG.md'],
  ...readdirSync(join(REPOSITORY, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .map((path) => `docs/${path}`)
    .sort(),
];

export function readPage(page: string): string {
  return readFileSync(join(REPOSITORY, page), 'utf8');
}

/** The fenced blocks of a page, in their order. */
export function findBlocks(markdown: string): Block[] {
  const fences = markdown.matchAll(/^( *)```(\S*)[^\n]*\n([^]*?)^\1```$/gm);
  return [...fences].map(([, , language = '', text = '']) => ({ language, text }));
}

/** The page without its fenced blocks and without code within lines. */
export function withoutCode(markdown: string): string {
  return markdown.replaceAll(/^( *)```[^]*?^\1```$/gm, '').replaceAll(/(`+)[^`][^]*?\1/g, '');
}

const WORD =
  /\s+|#.*|\\\n|(\|\||&&|[|;&])|\d?>>?\s*\S+|<\s*\S+|((?:'[^']*'|"(?:\\[^]|[^"\\])*"|\\[^\n]|[^\s'"\\|;&<>])+)/y;

/**
 * The programs that a block starts. Knows quotes within a line, comments, pipes, redirections and
 * continued lines, and leaves variables as they are.
 */
export function splitCommands(script: string): ShellCommand[] {
  const commands: string[][] = [];
  for (const line of script.replaceAll('\\\n', ' ').split('\n')) {
    commands.push([]);
    WORD.lastIndex = 0;
    while (WORD.lastIndex < line.length) {
      const match = WORD.exec(line);
      if (match === null) throw new Error(`cannot be read: ${line}`);
      if (match[1] !== undefined) commands.push([]);
      if (match[2] !== undefined) commands.at(-1)!.push(unquote(match[2]));
    }
  }
  return commands.filter((words) => words.length > 0).map(splitAssignments);
}

function unquote(word: string): string {
  const quoted = /'([^']*)'|"((?:\\[^]|[^"\\])*)"|\\([^])/g;
  return word.replaceAll(quoted, (_, single?: string, double?: string, escaped?: string) => {
    return single ?? double?.replaceAll(/\\(["\\$`])/g, '$1') ?? escaped ?? '';
  });
}

function splitAssignments(words: readonly string[]): ShellCommand {
  const first = words.findIndex((word) => !/^[A-Z_]+=/.test(word));
  const end = first === -1 ? words.length : first;
  const pairs = words.slice(0, end).map((word): [string, string] => {
    const [name = '', ...value] = word.split('=');
    return [name, value.join('=')];
  });
  return { words: words.slice(end), env: Object.fromEntries(pairs) };
}
