import { failure } from '../exit-codes.ts';
import { isFloatingTag, selectFloatingTags } from './tags.ts';
import { parseVersion } from './version.ts';

/** What giving an image a further tag depends on. */
export interface RetagRequest {
  /** Tag the image has; undefined for one that was named by its digest. */
  readonly source: string | undefined;
  readonly digest: string;
  /** Tag it is to get. */
  readonly tag: string;
  /** Digest that tag names now. */
  readonly current: string | undefined;
  /** Tags of the repository. */
  readonly tags: readonly string[];
}

export type RetagAction = 'create' | 'keep' | 'move';

/**
 * Whether an image may get a further tag. Versions are given once; `latest` and `X.Y` of models only move forward;
 * all others are free. @throws AimError check-failed
 */
export function planRetag({ source, digest, tag, current, tags }: RetagRequest): RetagAction {
  if (current === digest) return 'keep';
  const kind = tags.some((other) => parseVersion(other)?.patch !== undefined) ? 'model' : 'base';
  if (isFloatingTag(tag, kind)) {
    const version = source === undefined ? undefined : parseVersion(source);
    if (version !== undefined && selectFloatingTags(version, tags).includes(tag))
      return current === undefined ? 'create' : 'move';
    throw failure('check-failed', {
      message: `${tag} would name ${source ?? digest}, which is not the newest official version`,
      hint: `${tag} only moves forward; \`aimctl rollback\` undoes a release.`,
    });
  }
  if (current === undefined) return 'create';
  if (parseVersion(tag) === undefined) return 'move';
  throw failure('check-failed', {
    message: `${tag} is another image already: ${current}`,
    hint: 'A version is never given twice; `aimctl version` shows which one is next.',
  });
}
