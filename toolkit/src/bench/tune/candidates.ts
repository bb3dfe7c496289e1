import { join } from 'node:path';
import { messageOf } from 'aim-runtime/system';
import { writeDocuments } from '../../documents/write.ts';
import { createContext } from '../../lint/context.ts';
import { PINNED_VERSION } from '../../lint/engine-versions.ts';
import { loadFacts } from '../../lint/facts.ts';
import { createFileReader } from '../../lint/lint-file.ts';
import { checkFile, selectRules } from '../../lint/run.ts';
import { editProfile } from '../../profiles/edit.ts';
import { parseProfile } from '../../profiles/find.ts';
import type { CandidateFile } from './evaluate.ts';
import { candidateKey, describeCandidate, toEdits, type Candidate, type Dimension } from './space.ts';

/** A candidate that is not tried. */
export interface RefusedCandidate {
  readonly changes: string;
  readonly reason: string;
}

/** The candidates of a search, as texts and files. */
export interface Candidates {
  readonly isAllowed: (candidate: Candidate) => boolean;
  /** Those that were asked for and are not tried. */
  readonly refused: () => readonly RefusedCandidate[];
  /** Writes the candidate's file, the same each time. @throws AimError environment */
  readonly write: (candidate: Candidate) => CandidateFile;
}

export interface CandidateSource {
  readonly space: readonly Dimension[];
  /** Text of the profile that is tuned. */
  readonly text: string;
  /** Folder for the candidates' files. */
  readonly folder: string;
}

/**
 * Opens the candidates around a profile. Refused are those that lint calls wrong: what does not fit into the memory,
 * does not divide among the GPUs, or is no value of its argument.
 */
export async function openCandidates({ space, text, folder }: CandidateSource): Promise<Candidates> {
  const check = await createCheck(folder);
  const known = new Map<string, string | null>();
  const textOf = (candidate: Candidate) => {
    const edits = toEdits(space, candidate);
    return edits.length === 0 ? text : editProfile(text, edits);
  };
  const findReason = (candidate: Candidate) => {
    const key = candidateKey(candidate);
    const before = known.get(key);
    if (before !== undefined) return before;
    const reason = check(() => textOf(candidate)) ?? null;
    known.set(key, reason);
    return reason;
  };
  const all = new Map<string, Candidate>();
  return {
    isAllowed: (candidate) => {
      all.set(candidateKey(candidate), candidate);
      return findReason(candidate) === null;
    },
    refused: () =>
      [...all.values()].flatMap((candidate) => {
        const reason = findReason(candidate);
        return reason === null ? [] : [{ changes: describeCandidate(space, candidate), reason }];
      }),
    write: (candidate) => {
      const key = candidateKey(candidate);
      const path = join(folder, `${key}.yaml`);
      writeDocuments([{ path, text: textOf(candidate) }], { force: true });
      return { key, path };
    },
  };
}

/** Gives the first thing that is wrong with a text; undefined for a good one. */
async function createCheck(folder: string): Promise<(textOf: () => string) => string | undefined> {
  const facts = await loadFacts(PINNED_VERSION, ['vllm', 'sglang']);
  const read = createFileReader();
  const path = join(folder, 'candidate.yaml');
  const place = { kind: 'profile', root: undefined, layer: 'custom', model: undefined } as const;
  const toFile = (text: string) => read({ ...place, path, shown: path, content: { text } });
  const context = createContext({ facts, open: () => toFile(''), exists: () => false });
  const selection = selectRules({ levels: new Map(), minimum: 'error' }, []);
  return (textOf) => {
    try {
      const text = textOf();
      const [finding] = checkFile(toFile(text), context, selection).filter(({ severity }) => severity === 'error');
      if (finding !== undefined) return finding.message;
      parseProfile(path, text);
      return undefined;
    } catch (error) {
      return messageOf(error);
    }
  };
}
