/** Text of one table cell or line: no character of it has a meaning in Markdown or HTML. */
export function escapeText(text: string): string {
  return text
    .replaceAll(/\s+/g, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll(/([\\`*_[\]|])/g, '\\$1')
    .trim();
}

/** Code within a line; a grave accent inside it is fenced by two. */
export function renderCode(text: string): string {
  const flat = text.replaceAll(/\s+/g, ' ').replaceAll('|', '\\|');
  return flat.includes('`') ? `\`\` ${flat} \`\`` : `\`${flat}\``;
}

/** Lines between fences. */
export function renderBlock(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}

/** Rows under a heading. Cells are Markdown already. */
export function renderTable(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(heading), line(heading.map(() => '---')), ...rows.map(line)].join('\n');
}
