import { groupFiles } from '../context.ts';
import { idOf } from '../deployments.ts';
import type { LintFile } from '../lint-file.ts';
import { profileRule } from '../rule.ts';

export const selectionAmbiguous = profileRule({
  id: 'selection-ambiguous',
  severity: 'warning',
  why: 'Of profiles that differ in their names only, automatic selection takes the first by alphabet; the others are never used.',
  check: (_profile, file, context) => {
    const key = keyOf(file);
    if (file.layer === 'custom' || file.layer === undefined || key === undefined) return [];
    const [first] = groupFiles(context.profilesBeside(file), 'selection', keyOf).get(key) ?? [];
    if (first === undefined || first.path === file.path) return [];
    return [
      {
        message: `${idOf(first)} is for the same engine, GPUs, precision, metric and type, and comes first`,
        at: ['metadata'],
        suggestion: 'Set manual_selection_only: true, change what tells them apart, or remove one.',
      },
    ];
  },
});

/** What selection looks at; undefined for a profile that it never takes. */
function keyOf({ profile }: LintFile): string | undefined {
  if (!profile || profile.manual) return undefined;
  const { engine, gpu, precision, gpuCount, metric, type } = profile;
  return [engine, gpu, precision, gpuCount, metric, type].join(' ');
}
