import { createHash } from 'node:crypto';
import type { Finding, Severity } from '../../lint/finding.ts';
import type { LintReport } from '../../lint/run.ts';
import { ONCE } from './connect.ts';
import { demand, type GitHubRepository } from './repository.ts';

/** GitHub takes so many annotations with one request; the next ones are added to them. */
const BATCH = 50;
const LEVELS: Readonly<Record<Severity, 'failure' | 'warning' | 'notice'>> = {
  error: 'failure',
  warning: 'warning',
  info: 'notice',
};

export interface CheckRun {
  readonly name: string;
  /** Commit the findings belong to. */
  readonly commit: string;
  /** True when the check counts as failed. */
  readonly isFailed: boolean;
}

export interface PublishedCheck {
  readonly url: string;
  readonly action: 'created' | 'completed' | 'unchanged';
  readonly annotations: number;
}

/** One annotation as GitHub wants it. */
export interface Annotation {
  readonly path: string;
  readonly start_line: number;
  readonly end_line: number;
  readonly annotation_level: 'failure' | 'warning' | 'notice';
  readonly title: string;
  readonly message: string;
}

/**
 * Shows findings at their lines. A check of the same findings is recognised: one that is complete is left alone, one
 * that an earlier run left unfinished is completed.
 */
export async function publishCheckRun(
  { client, owner, repo }: GitHubRepository,
  check: CheckRun,
  report: LintReport,
): Promise<PublishedCheck> {
  const { name, commit } = check;
  const annotations = report.findings.map(toAnnotation);
  const output = { title: titleOf(report), summary: summaryOf(report) };
  const external_id = createHash('sha256')
    .update(JSON.stringify([check, annotations]))
    .digest('hex');
  const where = { owner, repo };
  const runs = await demand(`read the checks of ${commit}`, () =>
    client.rest.checks.listForRef({ ...where, ref: commit, check_name: name, filter: 'latest' }),
  );
  const found = runs.check_runs.find((run) => run.external_id === external_id);
  const published = { annotations: annotations.length };
  if (found?.status === 'completed') return { ...published, url: found.html_url ?? '', action: 'unchanged' };
  const run =
    found ??
    (await demand(`create the check ${name}`, () =>
      client.rest.checks.create({ ...where, name, head_sha: commit, external_id, status: 'in_progress', output }),
    ));
  for (let at = run.output.annotations_count; at < annotations.length; at += BATCH) {
    const batch = annotations.slice(at, at + BATCH);
    // Annotations are added to those that are there. What GitHub took is known to the next run, by their number.
    await demand(`annotate the check ${name}`, () =>
      client.rest.checks.update({ ...where, ...ONCE, check_run_id: run.id, output: { ...output, annotations: batch } }),
    );
  }
  const conclusion = check.isFailed ? 'failure' : 'success';
  await demand(`complete the check ${name}`, () =>
    client.rest.checks.update({ ...where, check_run_id: run.id, status: 'completed', conclusion }),
  );
  return { ...published, url: run.html_url ?? '', action: found === undefined ? 'created' : 'completed' };
}

function toAnnotation({ file, line, severity, rule, message, why, suggestion }: Finding): Annotation {
  return {
    path: file,
    start_line: line,
    end_line: line,
    annotation_level: LEVELS[severity],
    title: rule,
    message: [`${message}.`, why, ...(suggestion === undefined ? [] : [`Fix: ${suggestion}`])].join('\n'),
  };
}

function titleOf({ summary }: LintReport): string {
  return `${summary.errors} errors, ${summary.warnings} warnings`;
}

function summaryOf({ summary }: LintReport): string {
  return `${summary.files} files: ${summary.errors} errors, ${summary.warnings} warnings, ${summary.infos} notes.`;
}
