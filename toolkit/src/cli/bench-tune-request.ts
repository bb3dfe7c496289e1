import { existsSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { profileName, type Profile } from 'aim-runtime/profile';
import { messageOf } from 'aim-runtime/system';
import { openCandidates, type Candidates } from '../bench/tune/candidates.ts';
import { createSpace, parseParam, parseSearchFile, type Dimension } from '../bench/tune/space.ts';
import type { TuneSettings } from '../bench/tune/step.ts';
import type { Workload } from '../bench/run/plan.ts';
import { writeDocuments } from '../documents/write.ts';
import { failure } from '../exit-codes.ts';
import { findProfilePath, loadProfile } from '../profiles/find.ts';
import { nameProfile, toWorkload, type ServerFlags, type WorkloadFlags } from './bench-request.ts';

/** What `bench tune` is called with. */
export interface TuneFlags extends ServerFlags, WorkloadFlags {
  readonly param?: readonly string[] | undefined;
  readonly search?: string | undefined;
  readonly first: number;
  readonly budget: number;
  readonly reference?: string | undefined;
  readonly output: string;
  readonly save?: string | undefined;
  readonly resume: boolean;
  readonly config?: string | undefined;
  readonly force: boolean;
}

/** A search that can begin. */
export interface TuneRequest {
  readonly profile: Profile;
  /** Name below the catalogue's folder. */
  readonly name: string;
  readonly text: string;
  readonly space: readonly Dimension[];
  readonly candidates: Candidates;
  readonly settings: TuneSettings;
  readonly workload: Workload;
  readonly folder: string;
  /** File of the new profile. */
  readonly output: string;
  /** Its name below the catalogue's folder. */
  readonly outputName: string;
  /** Whether it may take the place of another one. */
  readonly force: boolean;
}

/** Reads what is to be searched, and how. @param root folder of the catalogue @throws AimError usage */
export async function planTune(name: string, flags: TuneFlags, root: string): Promise<TuneRequest> {
  const path = findProfilePath(name, root);
  const profile = loadProfile(path);
  const text = readFileSync(path, 'utf8');
  const wishes = new Map([...readSearch(flags.search), ...(flags.param ?? []).map(parseParam)]);
  const space = createSpace(profile, wishes);
  const workload = toWorkload({ ...flags, concurrency: flags.concurrency ?? usualConcurrency(profile) });
  if ('least' in workload.loads) throw new TypeError('a search for a load was not asked for');
  const folder = resolve(flags.output);
  const { first, budget, seed, force } = flags;
  const output = resolve(flags.save ?? join(folder, `${profileName(basename(path))}-tuned.yaml`));
  refuseOutput(output, path, flags);
  return {
    ...{ profile, text, space, workload, folder, output, force },
    name: nameProfile(path, root),
    outputName: nameProfile(output, root),
    candidates: await openCandidates({ space, text, folder: join(folder, 'profiles') }),
    settings: { first, budget, seed: seed ?? 0 },
  };
}

/** Said before hours of measuring; a search that is resumed may find what it wrote itself. */
function refuseOutput(output: string, tuned: string, { force, resume }: TuneFlags): void {
  if (output === resolve(tuned)) {
    throw failure('usage', {
      message: `--save names ${output}, the profile that is to be tuned`,
      hint: 'Choose another file: the new profile is held against the old one.',
    });
  }
  if (force || resume || !existsSync(output)) return;
  throw failure('check-failed', {
    message: `${output} exists`,
    hint: 'Give --force to replace it, or choose another file with --save.',
  });
}

/** Few users for a profile that is to answer quickly, many for one that is to answer much. */
function usualConcurrency({ metadata }: Profile): string {
  return metadata.metric === 'latency' ? '1,4' : '16,64,256';
}

function readSearch(file: string | undefined): ReadonlyMap<string, readonly string[]> {
  if (file === undefined) return new Map();
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw failure('usage', { message: `cannot read ${file}: ${messageOf(error)}`, cause: error });
  }
  return parseSearchFile(text, file);
}

/** How a search is gone on with. */
export interface ClaimOptions {
  readonly resume: boolean;
  /** What else has to be the same; it is written down, so nothing secret. */
  readonly conditions: object;
}

/**
 * Notes in the folder which search it belongs to. @throws AimError usage when it holds another, or one that was not to
 * be resumed
 */
export function claimFolder(
  { folder, space, settings, workload, text }: TuneRequest,
  { resume, conditions }: ClaimOptions,
): void {
  const path = join(folder, 'tune.json');
  const description = `${JSON.stringify({ space, settings, workload, conditions, profile: text }, undefined, 2)}\n`;
  if (existsSync(path)) {
    if (!resume) {
      throw failure('usage', {
        message: `${folder} holds a search already`,
        hint: 'Give --resume to go on with it, or another --output.',
      });
    }
    if (readFileSync(path, 'utf8') === description) return;
    throw failure('usage', {
      message: `${folder} holds another search than the one that is to be resumed`,
      hint: 'Repeat the command of that search with --resume added, or choose another --output.',
    });
  }
  writeDocuments([{ path, text: description }], { force: false });
}
