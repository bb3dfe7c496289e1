import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { messageOf } from 'aim-runtime/system';
import validateEvidence from '../../generated/bench-evidence.js';
import { EVIDENCE_FOLDER, type Evidence } from './evidence.ts';

/** Evidence, or why there is none in the file. */
export type EvidenceReading = { readonly evidence: Evidence } | { readonly problem: string };

/** Reads evidence from a file's text. */
export function parseEvidence(text: string): EvidenceReading {
  try {
    const value: unknown = JSON.parse(text);
    if (validateEvidence(value)) return { evidence: value as Evidence };
    const [first] = validateEvidence.errors ?? [];
    return { problem: `${first?.instancePath || 'it'} ${first?.message ?? 'is not right'}` };
  } catch (error) {
    return { problem: messageOf(error) };
  }
}

/** Reads evidence; undefined where there is no file, or it holds none. */
export function loadEvidence(file: string): Evidence | undefined {
  if (!existsSync(file)) return undefined;
  const reading = parseEvidence(readFileSync(file, 'utf8'));
  return 'evidence' in reading ? reading.evidence : undefined;
}

/** All evidence beside a profile, of its siblings too. */
export function loadSiblingEvidence(profilePath: string): readonly Evidence[] {
  const folder = join(dirname(profilePath), EVIDENCE_FOLDER);
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return files.sort().flatMap((name) => loadEvidence(join(folder, name)) ?? []);
}
