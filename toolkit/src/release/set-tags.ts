import { failure } from '../exit-codes.ts';
import type { Clock } from '../oci/clock.ts';
import { formatManifest, type Repository } from '../oci/reference.ts';
import type { NewManifest, Registry } from '../oci/registry.ts';

/** What waiting for a registry needs. */
export interface TagPorts {
  readonly registry: Registry;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** A tag and what it is to name. */
export interface TagTarget {
  readonly repository: Repository;
  readonly tag: string;
  readonly digest: string;
}

/** Registries may show a tag some time after it was written; half a minute is what is waited for it. */
const DELAYS_MS = [100, 300, 1_000, 2_000, 4_000, 8_000, 15_000];

/**
 * Writes a tag that never changes again: only where there is none, or where it names the same image already.
 * @throws AimError check-failed when it names another image
 */
export async function writeExactTag(
  { registry }: TagPorts,
  target: TagTarget,
  manifest: NewManifest,
): Promise<'written' | 'present'> {
  if ((await demandFree(registry, target)) === 'present') return 'present';
  await putTag(registry, target, manifest);
  return 'written';
}

/** Whether a tag that never changes may be given. @throws AimError check-failed when it names another image */
export async function demandFree(registry: Registry, target: TagTarget): Promise<'absent' | 'present'> {
  const known = await registry.headManifest(target.repository, target.tag);
  if (known === undefined) return 'absent';
  if (known.digest === target.digest) return 'present';
  throw taken(target, known.digest);
}

/** Points a tag somewhere else, unless it names something else now than it did when that was decided. */
export async function moveTag(
  { registry }: TagPorts,
  { expected, ...target }: TagTarget & { readonly expected: string | null },
  manifest: NewManifest,
): Promise<'moved' | 'present'> {
  const known = await registry.headManifest(target.repository, target.tag);
  if (known?.digest === target.digest) return 'present';
  if ((known?.digest ?? null) !== expected) {
    throw failure('check-failed', {
      message: `${formatManifest(target.repository, target.tag)} was moved by somebody else meanwhile: it names ${known?.digest ?? 'nothing'}, not ${expected ?? 'nothing'}`,
      hint: 'Run the command again: it makes its plan anew.',
    });
  }
  await putTag(registry, target, manifest);
  return 'moved';
}

/** Reads the tag back until it names what was written. @throws AimError check-failed or remote when it does not */
export async function awaitTag({ registry, clock, signal }: TagPorts, target: TagTarget): Promise<void> {
  const where = formatManifest(target.repository, target.tag);
  let seen: string | undefined;
  for (const delayMs of [0, ...DELAYS_MS]) {
    if (delayMs > 0) await clock.sleep(delayMs, signal);
    seen = (await registry.headManifest(target.repository, target.tag))?.digest;
    if (seen === target.digest) return;
  }
  throw failure('remote', {
    message:
      seen === undefined
        ? `${where} was written, but ${target.repository.host} does not show it`
        : `${where} was written as ${target.digest}, but names ${seen}`,
    hint: 'Run the command again when the registry has caught up: what is done already is recognised.',
  });
}

async function putTag(registry: Registry, { repository, tag }: TagTarget, manifest: NewManifest): Promise<void> {
  const put = await registry.putManifest(repository, tag, manifest);
  if (put.outcome === 'stored') return;
  throw failure('remote', {
    message: `cannot push ${formatManifest(repository, tag)}: ${put.message}`,
    hint: 'The registry has lost parts of the image; run the command again.',
  });
}

function taken(target: TagTarget, digest: string): Error {
  return failure('check-failed', {
    message: `${formatManifest(target.repository, target.tag)} names ${digest} already, not ${target.digest}`,
    hint: 'A version is never given twice. Run the command again for the next one, or raise the version in package.json.',
  });
}
