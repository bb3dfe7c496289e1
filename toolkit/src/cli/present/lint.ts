import type { Finding } from '../../lint/finding.ts';
import type { LintReport } from '../../lint/run.ts';

/** Page of a rule, as `--explain` shows it. */
export interface RuleExplanation {
  readonly rule: string;
  readonly severity: string;
  readonly why: string;
  /** Markdown. */
  readonly page: string;
}

/**
 * Findings for a terminal: each with its place, what is wrong, why it matters and what to do. Notes are counted, and
 * listed when `verbose`.
 */
export function renderLint({ findings, summary }: LintReport, verbose: boolean): string {
  const { files, errors, warnings, infos, fixed } = summary;
  const counts = [
    count(errors, 'error'),
    count(warnings, 'warning'),
    ...(infos > 0 ? [`${count(infos, 'note')}${verbose ? '' : ' (see --verbose)'}`] : []),
  ];
  const repaired = fixed > 0 ? [`${count(fixed, 'file')} repaired.`] : [];
  const fixable = findings.filter((finding) => finding.fixable).length;
  const hint = fixable > 0 ? [`--fix repairs ${fixable} of them.`] : [];
  return [
    ...findings.filter(({ severity }) => verbose || severity !== 'info').map(renderFinding),
    [`${count(files, 'file')}: ${counts.join(', ')}.`, ...repaired, ...hint].join(' '),
  ].join('\n');
}

function renderFinding({ file, line, column, severity, message, rule, why, suggestion }: Finding): string {
  return [
    `${file}:${line}:${column}: ${severity}: ${message} [${rule}]`,
    `    why: ${why}`,
    ...(suggestion === undefined ? [] : [`    fix: ${suggestion}`]),
  ].join('\n');
}

/** The page of a rule. */
export function renderExplanation({ page }: RuleExplanation): string {
  return page.trimEnd();
}

function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? '' : 's'}`;
}
