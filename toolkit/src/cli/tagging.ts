import type { TagRules } from '../images/next-push.ts';
import { parseRegistry, type TagScheme } from '../images/names.ts';
import { scopeOf } from '../images/write-next.ts';
import { parseReference } from '../oci/reference.ts';
import type { Registry } from '../oci/registry.ts';
import { describeEvent, parseEvent, stageOf, type BuildEvent } from '../versions/event.ts';
import { parseLine } from '../versions/line.ts';
import type { HeldTagLock } from '../versions/lock.ts';
import { shareTagLock, type SharedTagLock } from '../versions/shared-lock.ts';
import { selectBaseTag } from '../versions/tags.ts';
import { formatVersion } from '../versions/version.ts';
import type { EventFlags } from './event-flags.ts';
import type { Session } from './session.ts';

export interface TaggingFlags extends EventFlags {
  readonly tag?: string | undefined;
  readonly 'tag-scheme': TagScheme;
  readonly registry?: string | undefined;
  readonly base?: string | undefined;
}

/** How the images of this run are tagged. */
export interface Tagging extends TagRules {
  readonly event: BuildEvent;
  readonly lock: SharedTagLock;
}

/** Finds out what the run is for, and which tags that gives. @throws AimError usage */
export function openTagging(session: Session, flags: Omit<TaggingFlags, 'tag'>): Tagging {
  const line = parseLine(session.locations.version);
  const event = parseEvent(session.eventFacts(flags));
  const stage = stageOf(event, line);
  session.progress.detail(`${describeEvent(event)}: ${stage}`);
  const lock = openLock(session, event.kind === 'local');
  return { line, stage, scheme: flags['tag-scheme'], event, lock };
}

/**
 * Does the work while no other run writes tags of this registry's namespace. `onWritten` is to be told which versions
 * were written.
 * @param registry HOST[/NAMESPACE]
 */
export function lockTags<Result>(
  session: Session,
  registry: string,
  work: (held: HeldTagLock, onWritten: (reference: string, digest: string) => void) => Promise<Result>,
): Promise<Result> {
  return openLock(session).run(tagScope(registry), work);
}

/** What the lock of a registry's namespace is taken for. @param registry HOST[/NAMESPACE] */
export function tagScope(registry: string): string {
  return scopeOf(parseReference(`${parseRegistry(registry)}/x`));
}

/**
 * What keeps this run and others apart where they write tags.
 * @param isLocal true for somebody at a keyboard; undefined where only the environment tells
 */
export function openLock(session: Session, isLocal?: boolean): SharedTagLock {
  const { signal, progress } = session;
  return shareTagLock(session.tagLock(isLocal), { signal, onNotice: (text) => progress.note(text) });
}

/**
 * The aim-base that models of this run are put on, where no other was named: its newest tag that the stage may use,
 * such as a release candidate on a branch. Undefined for the official one. One request when it is not official.
 */
export async function findOwnBase(
  registry: Registry,
  { line, stage }: TagRules,
  flags: Pick<TaggingFlags, 'registry' | 'base'>,
): Promise<string | undefined> {
  if (stage === 'official' || flags.base !== undefined || flags.registry === undefined) return undefined;
  const name = `${parseRegistry(flags.registry)}/aim-base`;
  const found = selectBaseTag({ tags: await registry.listTags(parseReference(name)), line, stage });
  return found && `${name}:${formatVersion(found)}`;
}
