import { failure } from '../exit-codes.ts';

/** Lets one pipeline at a time write the tags of a registry's namespace. */
export interface TagLock {
  /**
   * Waits until nobody else has the lock.
   * @param scope what is locked, `HOST/NAMESPACE`
   * @throws AimError remote when it stays taken, environment without the rights, interrupted
   */
  acquire(scope: string, options: AcquireOptions): Promise<HeldTagLock>;
}

export interface AcquireOptions {
  readonly signal: AbortSignal;
  /** Told once who is waited for. */
  readonly onWait: (holder: string) => void;
}

/** A lock that is held. */
export interface HeldTagLock {
  /** Digests of tags that holders before this one wrote lately, by reference: a registry that lags may not show them. */
  readonly written: ReadonlyMap<string, string>;
  /** Makes sure that it is still held. @throws AimError remote when another one took it over */
  confirm(): Promise<void>;
  /** Lets it go, and tells those who come next what was written. */
  release(written: ReadonlyMap<string, string>): Promise<void>;
}

/** What one image is about to be tagged as. */
export interface TagIntent {
  /** `HOST/NAME:TAG`. */
  readonly reference: string;
  readonly digest: string;
  /** True when the content is under that tag already. */
  readonly isDone: boolean;
}

/** How one image gets its tag, for {@link writeNextTag}. */
export interface TagWriter<Intent extends TagIntent> {
  /** Decides anew from what the registry holds. References in `taken` exist, whatever it says. */
  plan(taken: ReadonlySet<string>): Promise<Intent>;
  /** Digest the tag names now. */
  find(intent: Intent): Promise<string | undefined>;
  /** Puts the image under the tag. */
  write(intent: Intent): Promise<void>;
}

export interface WriteOutcome<Intent> {
  readonly intent: Intent;
  readonly isWritten: boolean;
}

/** Times a tag may turn out to be taken before the attempt is given up. */
const MAX_PLANS = 5;

/**
 * Writes an image's next tag while the lock is held: only where there is none, or the same. A tag that turns out to
 * be taken is planned around, a few times.
 * @throws AimError remote when the tag names something else after it was written, or when every plan was overtaken
 */
export async function writeNextTag<Intent extends TagIntent>(
  writer: TagWriter<Intent>,
  held: HeldTagLock,
  first?: Intent,
): Promise<WriteOutcome<Intent>> {
  const taken = new Set(held.written.keys());
  let intent = first ?? (await writer.plan(taken));
  for (let plans = 1; ; plans++) {
    if (intent.isDone) return { intent, isWritten: false };
    const there = held.written.get(intent.reference) ?? (await writer.find(intent));
    if (there === intent.digest) return { intent, isWritten: false };
    if (there === undefined) {
      await held.confirm();
      await writer.write(intent);
      await checkWritten(writer, intent);
      return { intent, isWritten: true };
    }
    if (plans === MAX_PLANS) throw overtaken(intent);
    taken.add(intent.reference);
    intent = await writer.plan(taken);
  }
}

/** A registry that does not show the tag yet lags; its answer to the write was the receipt. */
async function checkWritten<Intent extends TagIntent>(writer: TagWriter<Intent>, intent: Intent): Promise<void> {
  const after = await writer.find(intent);
  if (after === undefined || after === intent.digest) return;
  throw failure('remote', {
    message: `${intent.reference} was written by somebody else at the same moment: it is ${after}, not ${intent.digest}`,
    hint: 'Whoever wrote it did not wait for the lock. Run it again: the next free tag will be taken.',
  });
}

function overtaken({ reference }: TagIntent): Error {
  return failure('remote', {
    message: `${MAX_PLANS} tags in a row were taken by others before they could be written, the last one ${reference}`,
    hint: 'Run it again when fewer pipelines write to this repository.',
  });
}
