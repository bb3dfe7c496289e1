import { basename, dirname, join } from 'node:path';
import { profileName } from 'aim-runtime/profile';
import { profileRule } from '../rule.ts';

export const optimizedEvidence = profileRule({
  id: 'optimized-evidence',
  severity: 'info',
  why: 'Optimized promises that the profile was measured on its hardware; without the results nobody can check or repeat it.',
  check: (profile, file, context) => {
    const { root, model } = file;
    if (profile.type !== 'optimized' || root === undefined || model === undefined) return [];
    const results = join('benchmarks', model, profileName(basename(file.path)));
    const place = join(dirname(root), results);
    if (context.exists(place) || context.exists(`${place}.json`)) return [];
    return [
      {
        message: `the type is optimized, but there are no results in ${results}`,
        at: ['metadata', 'type'],
        part: 'value',
        suggestion: 'Keep the results of aimctl bench there, or write unoptimized.',
      },
    ];
  },
});
