import type { Finding, Severity } from './finding.ts';

const COMMANDS: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', info: 'notice' };

/** Findings as workflow commands, which GitHub Actions turns into annotations. */
export function renderGithub(findings: readonly Finding[]): string {
  return findings.map(renderCommand).join('\n');
}

function renderCommand({ rule, severity, file, line, column, message, suggestion }: Finding): string {
  const place = `file=${escapeProperty(file)},line=${line},col=${column},title=${escapeProperty(rule)}`;
  const text = suggestion === undefined ? message : `${message}. ${suggestion}`;
  return `::${COMMANDS[severity]} ${place}::${escapeData(text)}`;
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
