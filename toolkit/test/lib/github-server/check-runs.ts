import { refusal, type GitHubAnswer, type GitHubRequest, type GitHubRoute } from './api.ts';
import type { GitHubRepository } from './repository.ts';

export interface StoredCheckRun {
  readonly id: number;
  readonly name: string;
  readonly head_sha: string;
  readonly external_id: string;
  status: string;
  conclusion: string | null;
  readonly annotations: object[];
}

const REPOSITORY = '/repos/{owner}/{repo}';
const MOST_ANNOTATIONS = 50;

/** Check runs. @see https://docs.github.com/en/rest/checks/runs */
export const CHECK_ROUTES: readonly GitHubRoute[] = [
  { method: 'GET', path: `${REPOSITORY}/commits/{ref}/check-runs`, handle: listForRef },
  { method: 'POST', path: `${REPOSITORY}/check-runs`, handle: create },
  { method: 'PATCH', path: `${REPOSITORY}/check-runs/{id}`, handle: update },
];

export function checkRunsOf({ more }: GitHubRepository): StoredCheckRun[] {
  const known = more.get('check-runs') as StoredCheckRun[] | undefined;
  if (known !== undefined) return known;
  const made: StoredCheckRun[] = [];
  more.set('check-runs', made);
  return made;
}

function listForRef({ params, url }: GitHubRequest, repository: GitHubRepository): GitHubAnswer {
  const name = url.searchParams.get('check_name');
  const found = checkRunsOf(repository).filter((run) => run.head_sha === params['ref'] && run.name === name);
  // `latest` names the newest of each name.
  const latest = found.slice(-1).map(describe);
  return { status: 200, body: { total_count: latest.length, check_runs: latest } };
}

function create({ body }: GitHubRequest, repository: GitHubRepository): GitHubAnswer {
  const { name, head_sha, external_id = '' } = body as Partial<StoredCheckRun>;
  if (name === undefined || head_sha === undefined) return refusal(422, 'Invalid request.');
  if (!repository.commits.has(head_sha)) return refusal(422, `No commit found for SHA: ${head_sha}`);
  const runs = checkRunsOf(repository);
  const run: StoredCheckRun = {
    ...{ id: runs.length + 1, name, head_sha, external_id, annotations: [] },
    ...{ status: 'in_progress', conclusion: null },
  };
  const refused = addAnnotations(run, body['output']);
  if (refused !== undefined) return refused;
  runs.push(run);
  return { status: 201, body: describe(run) };
}

function update({ body, params }: GitHubRequest, repository: GitHubRepository): GitHubAnswer {
  const run = checkRunsOf(repository).find(({ id }) => String(id) === params['id']);
  if (run === undefined) return refusal(404, 'Not Found');
  const refused = addAnnotations(run, body['output']);
  if (refused !== undefined) return refused;
  const { status, conclusion } = body as Partial<StoredCheckRun>;
  if (status === 'completed' && typeof conclusion !== 'string') return refusal(422, 'Invalid request.');
  Object.assign(run, {
    ...(status === undefined ? {} : { status }),
    ...(conclusion === undefined ? {} : { conclusion }),
  });
  return { status: 200, body: describe(run) };
}

function addAnnotations(run: StoredCheckRun, output: unknown): GitHubAnswer | undefined {
  const {
    annotations = [],
    title,
    summary,
  } = (output ?? { title: '', summary: '' }) as {
    annotations?: object[];
    title?: string;
    summary?: string;
  };
  if (title === undefined || summary === undefined) return refusal(422, 'Invalid request.');
  if (annotations.length > MOST_ANNOTATIONS)
    return refusal(
      422,
      `Invalid request.\n\nNo more than ${MOST_ANNOTATIONS} items are allowed; ${annotations.length} were supplied.`,
    );
  run.annotations.push(...annotations);
  return undefined;
}

function describe({ annotations, ...run }: StoredCheckRun): object {
  const url = `https://github.example/runs/${run.id}`;
  return { ...run, html_url: url, output: { annotations_count: annotations.length } };
}
