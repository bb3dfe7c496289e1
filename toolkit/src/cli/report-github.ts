import type { LintReport } from '../lint/run.ts';
import type { BuildEvent } from '../versions/event.ts';
import { renderPlanComment } from './present/plan-comment.ts';
import type { PlanReport } from './present/plan.ts';
import type { Session } from './session.ts';

/** Shows a plan on the pull request of this run, and says so where there is none, or no token. */
export async function commentPlan(
  session: Session,
  report: PlanReport,
  { event, repository }: { readonly event: BuildEvent | undefined; readonly repository: string | undefined },
): Promise<void> {
  const number = event !== undefined && 'number' in event ? event.number : undefined;
  const github = await session.github(repository);
  if (number === undefined || github === undefined) {
    const why = number === undefined ? 'this run is for no pull request' : NO_TOKEN;
    session.progress.note(`No comment was written: ${why}.`);
    return;
  }
  const { publishComment } = await import('../release/github/comment.ts');
  const { url, action } = await publishComment(github, number, { name: 'plan', text: renderPlanComment(report) });
  session.progress.note(`${url}: comment ${action}`);
}

/** Shows findings at the lines of the commit this run is for, and says so where there is no token. */
export async function checkLint(
  session: Session,
  report: LintReport,
  { isFailed, repository }: { readonly isFailed: boolean; readonly repository: string | undefined },
): Promise<void> {
  const github = await session.github(repository);
  const commit = headOf(session.eventFacts({}).payload) ?? session.stamp().revision.replace(/-dirty$/, '');
  if (github === undefined || commit === '') {
    session.progress.note(`No check was written: ${github === undefined ? NO_TOKEN : 'the commit is not known'}.`);
    return;
  }
  const { publishCheckRun } = await import('../release/github/check-run.ts');
  const { url, action, annotations } = await publishCheckRun(github, { name: CHECK_NAME, commit, isFailed }, report);
  session.progress.note(`${url}: check ${action}, ${annotations} annotations`);
}

const NO_TOKEN = 'GITHUB_TOKEN or the name of the repository is missing';
const CHECK_NAME = 'aimctl lint';

/** Actions checks a merge out; what people look at is the commit the pull request ends with. */
function headOf(payload: unknown): string | undefined {
  const { pull_request } = (payload ?? {}) as { pull_request?: { head?: { sha?: unknown } } };
  const sha = pull_request?.head?.sha;
  return typeof sha === 'string' ? sha : undefined;
}
