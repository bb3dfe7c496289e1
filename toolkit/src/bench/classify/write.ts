import { readFileSync } from 'node:fs';
import { planDocuments, writeDocuments, type TextFile, type WriteOutcome } from '../../documents/write.ts';
import { editProfile } from '../../profiles/edit.ts';
import type { ClassifiedProfile } from './classify.ts';
import { evidencePath } from './evidence.ts';

/** A file and what became of it. */
export interface WrittenFile {
  readonly path: string;
  readonly outcome: WriteOutcome;
}

/**
 * Writes evidence and types, or under `dryRun` only tells what it would do; what is right already stays as it is. Evidence comes before the type that rests on it.
 * @throws AimError environment when the disk refuses
 */
export function writeClassified(
  classified: readonly ClassifiedProfile[],
  { dryRun }: { readonly dryRun: boolean },
): readonly WrittenFile[] {
  const files = classified.flatMap(planFiles);
  const outcomes = dryRun ? planDocuments(files) : writeDocuments(files, { force: true });
  return files.flatMap(({ path }, at) => {
    const outcome = outcomes[at];
    return outcome === undefined ? [] : [{ path, outcome }];
  });
}

/** The files of one profile: none where its type is not known. */
export function planFiles({ path, before, type, evidence }: ClassifiedProfile): readonly TextFile[] {
  if (type === null || evidence === null) return [];
  const stored = { path: evidencePath(path), text: `${JSON.stringify(evidence, undefined, 2)}\n` };
  if (before === type) return [stored];
  const edit = { section: 'metadata', key: 'type', value: type } as const;
  return [stored, { path, text: editProfile(readFileSync(path, 'utf8'), [edit]) }];
}
