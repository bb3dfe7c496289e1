import type { ValidationReport } from '../../documents/files.ts';

/** Problems as `file:line:column: message`, and how many there are. */
export function renderValidation({ files, summary }: ValidationReport): string {
  const lines = files.flatMap(({ file, problems }) =>
    problems.map(({ line, column, severity, message, check, hint }) => {
      const advice = hint === undefined ? '' : ` (${hint})`;
      return `${file}:${line}:${column}: ${severity}: ${message}${advice} [${check}]`;
    }),
  );
  const count = (number: number, what: string) => `${number} ${what}${number === 1 ? '' : 's'}`;
  const counts = `${count(summary.errors, 'error')}, ${count(summary.warnings, 'warning')}`;
  return [...lines, `${count(summary.files, 'file')} checked: ${counts}`].join('\n');
}
