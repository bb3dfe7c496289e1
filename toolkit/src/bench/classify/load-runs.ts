import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from 'aim-runtime/system';
import { failure } from '../../exit-codes.ts';
import type { Profile } from 'aim-runtime/profile';
import { findProfilePath, loadProfile } from '../../profiles/find.ts';
import { loadResult } from '../report/files.ts';
import type { BenchResult } from '../result.ts';
import { digestContent, evidencePath, type Evidence } from './evidence.ts';
import { loadEvidence } from './evidence-file.ts';

/** The result of a run, and which texts of profiles it measured. */
export interface MeasuredRun {
  readonly folder: string;
  readonly result: BenchResult;
  /** SHA-256 of each profile's file, by its name. */
  readonly digests: ReadonlyMap<string, string>;
  /** Where each file was. */
  readonly files: ReadonlyMap<string, string>;
}

/** A profile that was measured, as it is now. */
export interface MeasuredProfile {
  /** Name in runs. */
  readonly name: string;
  readonly path: string;
  readonly profile: Profile;
  readonly contentDigest: string;
  readonly fileDigest: string;
  /** What was stored for it before. */
  readonly stored: Evidence | undefined;
}

/** Reads a folder that `aimctl bench` wrote. @throws AimError usage when it is none */
export function loadRun(path: string): MeasuredRun {
  const { folder, result } = loadResult(path);
  const subjects = readSubjects(join(folder, 'run.json'));
  const pick = (key: 'digest' | 'file') =>
    new Map(
      subjects.flatMap(({ profile, [key]: value }) => (isText(profile) && isText(value) ? [[profile, value]] : [])),
    );
  return { folder, result, digests: pick('digest'), files: pick('file') };
}

/** A server of a run, as far as its file says. */
type Subject = Readonly<Partial<Record<'profile' | 'file' | 'digest', unknown>>>;

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function readSubjects(file: string): readonly Subject[] {
  try {
    const value = JSON.parse(readFileSync(file, 'utf8')) as { plan?: { servers?: { subject?: Subject }[] } } | null;
    return (value?.plan?.servers ?? []).flatMap(({ subject }) => subject ?? []);
  } catch (error) {
    throw failure('usage', {
      message: `cannot read ${file}: ${messageOf(error)}`,
      hint: 'Give the whole folder of a run: this file says which profiles were measured.',
      cause: error,
    });
  }
}

/** The measured profiles as they are now; the catalogue's own files before those that a run names. @throws AimError */
export function loadMeasuredProfiles(runs: readonly MeasuredRun[], root: string): readonly MeasuredProfile[] {
  const names = [...new Set(runs.flatMap(({ digests }) => [...digests.keys()]))];
  return names.map((name) => loadMeasuredProfile(name, findFile(name, runs, root)));
}

function findFile(name: string, runs: readonly MeasuredRun[], root: string): string {
  const inCatalogue = join(root, `${name}.yaml`);
  if (existsSync(inCatalogue)) return inCatalogue;
  const used = runs.flatMap(({ files }) => files.get(name) ?? []).find((file) => existsSync(file));
  return used ?? findProfilePath(name, root);
}

/** A measured profile as its file is now. @throws AimError */
export function loadMeasuredProfile(name: string, path: string): MeasuredProfile {
  const profile = loadProfile(path);
  const fileDigest = createHash('sha256').update(readFileSync(path)).digest('hex');
  const contentDigest = digestContent(profile.source);
  return { name, path, profile, contentDigest, fileDigest, stored: loadEvidence(evidencePath(path)) };
}

/** Writing the type changes the file; what was stored with it knows the text that was measured. */
export function isSameText({ fileDigest, contentDigest, stored }: MeasuredProfile, measured: string): boolean {
  return fileDigest === measured || (stored?.measuredFileDigest === measured && stored.contentDigest === contentDigest);
}
