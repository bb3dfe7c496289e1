import { failure } from '../exit-codes.ts';

/** What the payload of a GitHub event says that matters here, whatever the event. */
export interface PayloadFacts {
  readonly ref: string | undefined;
  readonly pull:
    | {
        readonly number: number | undefined;
        readonly base: string;
        readonly head: string;
        /** From a branch of the repository itself, not of a fork. */
        readonly isOwn: boolean;
        readonly isMerged: boolean;
      }
    | undefined;
  /** A pull request that was given up. */
  readonly isClosed: boolean;
  readonly defaultBranch: string;
  readonly owner: string | undefined;
  /** First line of the newest commit's message. */
  readonly subject: string | undefined;
}

const QUEUE_REF = /^(?:refs\/heads\/)?gh-readonly-queue\/.+\/pr-(\d+)-[0-9a-f]+$/;

/** Reads a payload of any event. @see https://docs.github.com/en/webhooks/webhook-events-and-payloads */
export function readPayload(name: string | undefined, payload: unknown): PayloadFacts {
  const root = toFields(payload ?? {});
  if (root === undefined) {
    throw failure('usage', {
      message: 'the event payload is no JSON object',
      hint: 'Give the file GITHUB_EVENT_PATH names.',
    });
  }
  const repository = field(root, 'repository');
  const defaultBranch = text(repository, 'default_branch') ?? 'main';
  const pull = field(root, 'pull_request');
  const isClosed = pull !== undefined && root['action'] === 'closed' && pull['merged'] !== true;
  const message = text(field(root, 'head_commit'), 'message');
  if (root['deleted'] === true || name === 'delete') {
    throw failure('usage', { message: `${text(root, 'ref') ?? 'the branch'} was deleted, which builds nothing` });
  }
  return {
    ref: findRef(name, root, defaultBranch),
    pull: pull === undefined ? readMergeGroup(root) : readPull(pull),
    isClosed,
    defaultBranch,
    owner: text(field(repository, 'owner'), 'login') ?? text(field(repository, 'owner'), 'name'),
    subject: message?.split('\n', 1)[0],
  };
}

type Fields = Readonly<Record<string, unknown>>;

function readPull(pull: Fields): PayloadFacts['pull'] {
  const [base, head] = [field(pull, 'base'), field(pull, 'head')];
  const [ours, theirs] = [base, head].map((side) => text(field(side, 'repo'), 'full_name'));
  const number = pull['number'];
  return {
    number: typeof number === 'number' ? number : undefined,
    base: text(base, 'ref') ?? '',
    head: text(head, 'ref') ?? '',
    isOwn: ours !== undefined && ours === theirs,
    isMerged: pull['merged'] === true,
  };
}

/** A merge queue builds what main would become: a pull request by another name. */
function readMergeGroup(root: Fields): PayloadFacts['pull'] {
  const group = field(root, 'merge_group');
  const head = text(group, 'head_ref');
  if (head === undefined) return undefined;
  const number = QUEUE_REF.exec(head)?.[1];
  const base = (text(group, 'base_ref') ?? '').replace(/^refs\/heads\//, '');
  return { number: number === undefined ? undefined : Number(number), base, head, isOwn: false, isMerged: false };
}

function findRef(name: string | undefined, root: Fields, defaultBranch: string): string | undefined {
  const ref = text(root, 'ref');
  if (ref !== undefined)
    return name === 'create' ? `refs/${root['ref_type'] === 'tag' ? 'tags' : 'heads'}/${ref}` : ref;
  const release = text(field(root, 'release'), 'tag_name');
  if (release !== undefined) return `refs/tags/${release}`;
  return name === 'schedule' || name === 'repository_dispatch' ? `refs/heads/${defaultBranch}` : undefined;
}

function field(fields: Fields | undefined, name: string): Fields | undefined {
  return toFields(fields?.[name]);
}

function text(fields: Fields | undefined, name: string): string | undefined {
  const value = fields?.[name];
  return typeof value === 'string' ? value : undefined;
}

function toFields(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}
