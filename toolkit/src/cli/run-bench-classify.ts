import { resolve } from 'node:path';
import { classifyProfiles, type ClassifiedProfile } from '../bench/classify/classify.ts';
import { loadBenchConfig } from '../bench/classify/config.ts';
import { loadSiblingEvidence } from '../bench/classify/evidence-file.ts';
import { loadMeasuredProfiles, loadRun } from '../bench/classify/load-runs.ts';
import { writeClassified, type WrittenFile } from '../bench/classify/write.ts';
import { loadAnswers } from '../bench/correctness/answers-file.ts';
import { requireSameModel } from '../bench/correctness/score.ts';
import { failure } from '../exit-codes.ts';
import { findConfig } from '../lint/config.ts';

/** What `bench classify` is asked. */
export interface ClassifyOptions {
  readonly runs: readonly string[];
  /** Folder of the catalogue. */
  readonly root: string;
  /** Files of answers, and of those they are compared with. */
  readonly answers: readonly string[];
  readonly reference: string | undefined;
  readonly config: string | undefined;
  readonly write: boolean;
  readonly dryRun: boolean;
}

/** What `bench classify` prints. */
export interface BenchClassifyReport {
  readonly profiles: readonly ClassifiedProfile[];
  readonly written: readonly WrittenFile[];
}

/** Decides types from runs, and writes them where asked to. @throws AimError */
export function runBenchClassify(options: ClassifyOptions): BenchClassifyReport {
  const { write, dryRun } = options;
  if (dryRun && !write) {
    throw failure('usage', {
      message: '--dry-run needs --write',
      hint: 'Without --write nothing is written anyway.',
    });
  }
  const config = loadBenchConfig(options.config ?? findConfig(process.cwd()));
  const runs = options.runs.map((path) => loadRun(resolve(path)));
  const profiles = loadMeasuredProfiles(runs, options.root);
  const answers = options.answers.map((file) => loadAnswers(resolve(file)));
  const reference = options.reference === undefined ? undefined : loadAnswers(resolve(options.reference));
  if (reference !== undefined) for (const each of answers) requireSameModel(each, reference);
  const known = new Map(
    profiles.flatMap(({ path }) => loadSiblingEvidence(path)).map((evidence) => [evidence.profile, evidence]),
  );
  const classified = classifyProfiles({ runs, profiles, answers, reference, known: [...known.values()], config });
  const written = write ? writeClassified(classified, { dryRun }) : [];
  return { profiles: classified, written };
}
