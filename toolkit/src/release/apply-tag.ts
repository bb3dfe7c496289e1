import { failure } from '../exit-codes.ts';
import { planRegistryTag, type PlannedTag } from '../images/retag.ts';
import { parseReference, tagOrDigest } from '../oci/reference.ts';
import type { HeldTagLock } from '../versions/lock.ts';
import { parseVersion } from '../versions/version.ts';
import { awaitTag, moveTag, type TagPorts } from './set-tags.ts';

export interface ApplyTagOptions {
  readonly held: HeldTagLock;
  /** Told of a version that was written. */
  readonly onWritten: (reference: string, digest: string) => void;
}

/**
 * Gives an image in a registry a further tag while the lock is held: one manifest is written, byte for byte as it is.
 * It is planned anew, and nothing is done when others wrote tags since the plan was made.
 * @throws AimError check-failed for another plan, remote
 */
export async function applyRegistryTag(
  ports: TagPorts,
  shown: PlannedTag,
  { held, onWritten }: ApplyTagOptions,
): Promise<void> {
  const { source, reference, digest, previousDigest } = shown;
  const repository = parseReference(source);
  const tag = tagOrDigest(parseReference(reference));
  const now = await planRegistryTag(ports.registry, { source, tag, written: held.written });
  if (now.digest !== digest) throw overtaken(source, now.digest, digest);
  if (now.action === 'keep') return;
  if (now.previousDigest !== previousDigest) throw overtaken(reference, now.previousDigest, previousDigest);
  const manifest = await ports.registry.getManifest({ ...repository, tag: undefined, digest });
  await held.confirm();
  await moveTag(ports, { repository, tag, digest, expected: previousDigest }, manifest);
  if (parseVersion(tag) !== undefined) onWritten(reference, digest);
  await awaitTag(ports, { repository, tag, digest });
}

function overtaken(reference: string, now: string | null, then: string | null): Error {
  return failure('check-failed', {
    message: `somebody else moved ${reference} after the plan was shown: it names ${now ?? 'nothing'}, not ${then ?? 'nothing'}`,
    hint: 'Run the command again: it makes its plan anew.',
  });
}
