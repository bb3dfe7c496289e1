import type { Check, CheckStatus } from '../../images/doctor.ts';
import { renderTable } from './table.ts';

/** Result of `aimctl doctor`. */
export interface DoctorReport {
  /** True when nothing failed. */
  readonly ok: boolean;
  readonly checks: readonly Check[];
}

const LABELS: Readonly<Record<CheckStatus, string>> = { ok: 'ok', warning: 'WARN', failed: 'FAIL', skipped: '-' };

export function renderDoctor({ checks }: DoctorReport): string {
  const rows = checks.map(({ name, subject, status, text }) => [LABELS[status], name, subject, text]);
  const hints = new Set(checks.flatMap(({ hint }) => (hint === null ? [] : [hint])));
  return [renderTable(['', 'CHECK', 'SUBJECT', 'RESULT'], rows), ...hints].join('\n');
}
