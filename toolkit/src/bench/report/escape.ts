import { escapeHtml } from '../../documents/escape-html.ts';

/** Text for a cell of a Markdown table: shown as it is, without markup, links or HTML. */
export function escapeMarkdown(text: string): string {
  return escapeHtml(text)
    .replace(/\s+/g, ' ')
    .replace(/[\\`*_{}[\]()#+!|~]/g, (character) => `\\${character}`);
}

/** A field of a CSV line. Text that a spreadsheet would take for a formula gets an apostrophe before it. */
export function escapeCsv(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
