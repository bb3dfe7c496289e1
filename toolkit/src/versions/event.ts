import { failure } from '../exit-codes.ts';
import { formatLine, type Line } from './line.ts';
import { readPayload, type PayloadFacts } from './payload.ts';
import { parseVersion, type Stage } from './version.ts';

/** Why images are made. */
export type BuildEvent =
  /** A push to a branch. */
  | { readonly kind: 'branch'; readonly branch: string }
  /** A pull request that releases nothing; `number` is undefined where only the branches are known. */
  | {
      readonly kind: 'pull-request';
      readonly number: number | undefined;
      readonly base: string;
      readonly head: string | undefined;
    }
  /** A pull request from `release/…` to the default branch, its merge, or a push to such a branch. */
  | {
      readonly kind: 'release';
      readonly by: 'pull-request' | 'merge' | 'branch';
      readonly head: string;
      readonly number: number | undefined;
    }
  /** A pushed git tag. */
  | { readonly kind: 'tag'; readonly tag: string }
  /** Somebody at a keyboard. */
  | { readonly kind: 'local'; readonly branch: string | undefined };

/** What is known about the event, as GitHub Actions tells it or as flags say. */
export interface EventFacts {
  /** `push`, `pull_request`, …; told from the payload when undefined. */
  readonly name: string | undefined;
  /** The event's payload as parsed JSON. */
  readonly payload: unknown;
  /** `refs/heads/…`, `refs/tags/…` or `refs/pull/N/merge`. */
  readonly ref: string | undefined;
  /** Branch a pull request goes to. */
  readonly baseRef: string | undefined;
  /** The local checkout, for when there is no event. */
  readonly local: { readonly branch: string | undefined };
}

export const RELEASE_BRANCH = /^release\/./;
/** Subject of the commit GitHub makes when it merges. */
const MERGE_SUBJECT = /^Merge pull request #(\d+) from ([^/\s]+)\/(\S+)/;
const PULL_REF = /^refs\/pull\/(\d+)\//;

/** Tells what kind of event it is. Flags win over the payload. @throws AimError usage for one that builds nothing */
export function parseEvent({ name, payload, ref, baseRef, local }: EventFacts): BuildEvent {
  const isGiven = name !== undefined || payload !== undefined || ref !== undefined || baseRef !== undefined;
  if (!isGiven) return { kind: 'local', ...local };
  const facts = readPayload(name, payload);
  if (facts.isClosed) throw refuse('a pull request that was closed without a merge builds nothing');
  const target = baseRef === undefined ? facts.pull?.base : branchOf(baseRef);
  if (facts.pull !== undefined) return fromPull({ ...facts, pull: { ...facts.pull, base: target ?? '' } });
  const place = ref ?? facts.ref;
  if (place === undefined) throw refuse(`the ${name ?? 'payload of the'} event names no branch, tag or pull request`);
  const number = PULL_REF.exec(place)?.[1];
  if (number !== undefined) {
    return { kind: 'pull-request', number: Number(number), base: target ?? facts.defaultBranch, head: undefined };
  }
  if (place.startsWith('refs/tags/')) return { kind: 'tag', tag: place.slice('refs/tags/'.length) };
  const branch = branchOf(place);
  if (target === undefined) return fromBranch(branch, facts);
  return fromPull({ ...facts, pull: { number: undefined, base: target, head: branch, isOwn: true, isMerged: false } });
}

/** What the images of an event are good for. @throws AimError usage for a git tag of another line */
export function stageOf(event: BuildEvent, line: Line): Stage {
  if (event.kind === 'pull-request') return 'preview';
  if (event.kind === 'branch') return 'rc';
  return event.kind === 'tag' ? stageOfTag(event.tag, line) : 'official';
}

/** `branch feature/x`, for people. */
export function describeEvent(event: BuildEvent): string {
  const named = (what: string, number: number | undefined) => (number === undefined ? what : `${what} #${number}`);
  switch (event.kind) {
    case 'branch':
      return `push to branch ${event.branch}`;
    case 'pull-request':
      return `${named('pull request', event.number)} to ${event.base}`;
    case 'release':
      return event.by === 'branch'
        ? `push to ${event.head}`
        : `${event.by === 'merge' ? 'merge of ' : ''}${named('release pull request', event.number)} from ${event.head}`;
    case 'tag':
      return `git tag ${event.tag}`;
    case 'local':
      return event.branch === undefined ? 'local files' : `local branch ${event.branch}`;
  }
}

function fromPull({
  pull,
  defaultBranch,
}: PayloadFacts & { readonly pull: NonNullable<PayloadFacts['pull']> }): BuildEvent {
  const { number, base, head, isOwn, isMerged } = pull;
  // Anybody may name a branch of a fork release/…; only this repository's own branches release.
  const releases = isOwn && base === defaultBranch && RELEASE_BRANCH.test(head);
  if (releases) return { kind: 'release', by: isMerged ? 'merge' : 'pull-request', head, number };
  return isMerged ? { kind: 'branch', branch: base } : { kind: 'pull-request', number, base, head };
}

function fromBranch(branch: string, { defaultBranch, owner, subject }: PayloadFacts): BuildEvent {
  if (RELEASE_BRANCH.test(branch)) return { kind: 'release', by: 'branch', head: branch, number: undefined };
  const [, number, from, head] = MERGE_SUBJECT.exec(subject ?? '') ?? [];
  const isMerge = branch === defaultBranch && from !== undefined && from === owner;
  if (isMerge && head !== undefined && RELEASE_BRANCH.test(head))
    return { kind: 'release', by: 'merge', head, number: Number(number) };
  return { kind: 'branch', branch };
}

function stageOfTag(tag: string, line: Line): Stage {
  const version = parseVersion(tag.replace(/^v/, ''));
  // A tag that says nothing about versions releases nothing.
  if (version === undefined) return 'rc';
  if (version.major === line.major && version.minor === line.minor) return version.stage;
  throw refuse(`the git tag ${tag} is none of line ${formatLine(line)}, which package.json names`);
}

function branchOf(ref: string): string {
  return ref.replace(/^refs\/heads\//, '');
}

function refuse(message: string): Error {
  return failure('usage', {
    message,
    hint: 'Images are made for pushes, pull requests, tags, merge groups and manual runs; see aimctl version --help.',
  });
}
