import type { ConversionReport } from '../../recipes/files.ts';

/** What was written, or the texts themselves when nothing was; then what differs from the source. */
export function renderConversion({ files, notes }: ConversionReport): string {
  const made = files.map(({ name, text, written }) =>
    written === null ? `--- # ${name}\n${text.trimEnd()}` : `${written} ${name}`,
  );
  const told = notes.map(({ file, line, column, message }) => {
    const place = line === null ? file : `${file}:${line}:${column ?? 1}`;
    return `# ${place}: ${message}`;
  });
  return [...(made.length === 0 ? ['# nothing to write'] : made), ...told].join('\n');
}
