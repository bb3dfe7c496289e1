import { basename, join } from 'node:path';
import { profileId, profileName } from 'aim-runtime/profile';
import { groupFiles } from '../context.ts';
import type { Problem } from '../finding.ts';
import { profileRule } from '../rule.ts';
import type { LintFile } from '../lint-file.ts';

export const duplicateId = profileRule({
  id: 'duplicate-id',
  severity: 'error',
  why: 'AIM_PROFILE_ID can mean one profile only: of two with the same id one can never be asked for.',
  check: (profile, file, context) => {
    const { root, layer } = file;
    if (root === undefined || layer === undefined) return [];
    const same = groupFiles(context.profilesBeside(file), 'id', idOf).get(idOf(file)) ?? [];
    const [first] = same;
    const at = profile.aimId === undefined ? ['metadata'] : ['aim_id'];
    const problems: Problem[] = [];
    if (first !== undefined && first.path !== file.path) {
      problems.push({
        message: `${idOf(file)} is also the id of ${first.shown}`,
        at,
        suggestion: 'Rename one of the files.',
      });
    }
    const aimId = layer === 'custom' ? profile.aimId : undefined;
    const shadowed = aimId === undefined ? undefined : join(root, aimId, `${nameOf(file)}.yaml`);
    if (shadowed !== undefined && context.exists(shadowed)) {
      problems.push({
        message: `${nameOf(file)} is also a profile of ${aimId ?? ''}: asked for without custom/, the two are mixed up`,
        at,
        severity: 'warning',
        suggestion: 'Give the custom profile a name of its own, unless it is meant to take the other one over.',
      });
    }
    return problems;
  },
});

function nameOf(file: LintFile): string {
  return profileName(basename(file.path));
}

function idOf(file: LintFile): string {
  return profileId(file.layer ?? 'custom', basename(file.path), file.profile?.aimId);
}
