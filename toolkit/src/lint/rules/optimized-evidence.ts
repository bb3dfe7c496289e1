import { basename, relative } from 'node:path';
import { digestContent, evidencePath } from '../../bench/classify/evidence.ts';
import { parseEvidence } from '../../bench/classify/evidence-file.ts';
import type { Problem } from '../finding.ts';
import { profileRule } from '../rule.ts';

const AT = { at: ['metadata', 'type'], part: 'value' } as const;
const MEASURE = 'Measure the profile, then run aimctl bench classify --write.';

export const optimizedEvidence = profileRule({
  id: 'optimized-evidence',
  severity: 'info',
  why: 'Optimized promises that the profile was measured on its hardware; without the results nobody can check or repeat it.',
  check: ({ type }, file, context) => {
    const { root, model } = file;
    if (root === undefined || model === undefined || type === undefined) return [];
    const path = evidencePath(file.path);
    const shown = relative(root, path);
    const text = context.exists(path) ? context.open(path).text : undefined;
    if (text === undefined) return type === 'optimized' ? [missing(shown)] : [];
    return findContradictions({ text, shown, type, value: file.value, path: file.path });
  },
});

function missing(shown: string): Problem {
  return {
    ...AT,
    message: `the type is optimized, but there is no evidence in ${shown}`,
    suggestion: `${MEASURE} Or write unoptimized.`,
  };
}

interface Claim {
  readonly text: string;
  readonly shown: string;
  readonly type: string;
  readonly value: unknown;
  readonly path: string;
}

/** Evidence that is there must be about this profile and say the same. */
function findContradictions({ text, shown, type, value, path }: Claim): Problem[] {
  const warn = (message: string): Problem => ({ ...AT, severity: 'warning', message, suggestion: MEASURE });
  const reading = parseEvidence(text);
  if ('problem' in reading) return [warn(`${shown} is no evidence: ${reading.problem}`)];
  const { evidence } = reading;
  if (evidence.contentDigest !== digestContent(value)) {
    return [warn(`${basename(path)} was changed after it was measured: ${shown} is about another content`)];
  }
  return evidence.type === type ? [] : [warn(`the type is ${type}, but ${shown} says ${evidence.type}`)];
}
