import { readFileSync } from 'node:fs';
import { writeDocuments } from '../../documents/write.ts';
import { editProfile } from '../../profiles/edit.ts';
import { classifyProfiles } from '../classify/classify.ts';
import type { BenchConfig } from '../classify/config.ts';
import { evidencePath, type Evidence } from '../classify/evidence.ts';
import { loadMeasuredProfile, loadRun } from '../classify/load-runs.ts';
import type { Answers } from '../correctness/score.ts';
import { evaluationFolder, type CandidateFile } from './evaluate.ts';

/** What a winner is published from. */
export interface PublishRequest {
  /** Folder of the search. */
  readonly folder: string;
  /** Name of the profile that was tuned, below the profiles folder. */
  readonly name: string;
  readonly winner: CandidateFile;
  readonly base: CandidateFile;
  readonly answers: Answers;
  readonly reference: Answers;
  readonly config: BenchConfig;
  /** File to be. */
  readonly output: string;
  /** Its name below the profiles folder. */
  readonly outputName: string;
  /** Whether the files may take the place of others. */
  readonly force: boolean;
}

/** Files of a new profile; the evidence is null where no figure of its metric was measured. */
export interface PublishedProfile {
  readonly profile: string;
  readonly evidence: string | null;
}

/**
 * Writes the winner as a profile, with what was measured of it and of the profile it comes from as evidence. Without a
 * measurement of the general profile it stays unoptimized.
 * @throws AimError check-failed when another file is in the way, environment when the disk refuses
 */
export function publishWinner(request: PublishRequest): PublishedProfile {
  const { folder, winner, base, answers, reference, config, output, force } = request;
  const runs = [winner, base].map(({ key }) => loadRun(evaluationFolder(folder, key, 'full')));
  const profiles = [winner, base].map(({ key, path }) => loadMeasuredProfile(key, path));
  const classified = classifyProfiles({ runs, profiles, answers: [answers], reference, known: [], config });
  const evidence = classified.find(({ profile }) => profile === winner.key)?.evidence ?? null;
  const type = evidence?.type ?? 'unoptimized';
  const text = editProfile(readFileSync(winner.path, 'utf8'), [{ section: 'metadata', key: 'type', value: type }]);
  const stored = evidencePath(output);
  const named = evidence === null ? null : nameProfiles(evidence, request);
  writeDocuments(
    [
      ...(named === null ? [] : [{ path: stored, text: `${JSON.stringify(named, undefined, 2)}\n` }]),
      { path: output, text },
    ],
    { force },
  );
  return { profile: output, evidence: named === null ? null : stored };
}

/** Candidates go by their keys; readers know the profiles. */
function nameProfiles(evidence: Evidence, { name, base, outputName }: PublishRequest): Evidence {
  const { best } = evidence;
  return {
    ...evidence,
    profile: outputName,
    best: best?.profile === base.key ? { ...best, profile: name } : best,
  };
}
