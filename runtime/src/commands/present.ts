/** A command line that a POSIX shell reads back as exactly these words. */
export function renderCommandLine(argv: readonly string[]): string {
  return argv.map(quote).join(' ');
}

/** The same with one argument group per line and its environment before it, for a person to read or copy. */
export function renderScript(argv: readonly string[], env: Readonly<Record<string, string>>): string[] {
  const exports = Object.entries(env).map(([name, value]) => `export ${name}=${quote(value)}`);
  const groups: string[] = [];
  for (const word of argv.map(quote)) {
    if (word.startsWith('--') || groups.length === 0) groups.push(word);
    else groups.push(`${groups.pop() ?? ''} ${word}`);
  }
  const last = groups.length - 1;
  return [
    '#!/bin/sh',
    ...exports,
    ...groups.map((group, index) => `${index === 0 ? 'exec ' : '  '}${group}${index === last ? '' : ' \\'}`),
  ];
}

function quote(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
