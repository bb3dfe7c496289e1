import { readGpuSplit } from '../../profiles/gpu-split.ts';
import type { Problem } from '../finding.ts';
import type { ProfileView } from '../profile-view.ts';
import { profileRule } from '../rule.ts';
import { lastArgument, namedArguments } from '../serving-settings.ts';
import { findErrors, isOfRule } from '../schema-errors.ts';

const COUNTS = '1, 2, 4 or 8';
/** Arguments that multiply to the number of GPUs, the one to point at first. */
const SIZES = ['tensor-parallel-size', 'pipeline-parallel-size', 'data-parallel-size'];

export const gpuCount = profileRule({
  id: 'gpu-count',
  severity: 'error',
  why: 'Selection counts GPUs by the metadata and the engine by its arguments: if they differ, the engine waits for GPUs that it was not given, or leaves some idle.',
  check: (profile, file) => {
    const at = ['metadata', profile.keys.gpuCount];
    if (findErrors(file).some((error) => isOfRule(error, 'gpu-count'))) {
      return [
        { message: `${at.join('.')} is ${profile.gpuCount ?? 'no number'}; allowed: ${COUNTS}`, at, part: 'value' },
      ];
    }
    return compareWithArguments(profile, at);
  },
});

function compareWithArguments(profile: ProfileView, at: readonly string[]): Problem[] {
  const { engine, gpuCount: count } = profile;
  if (engine === undefined || count === undefined) return [];
  const { tensor = 1, groups } = readGpuSplit(engine, namedArguments(profile));
  const used = tensor * groups;
  if (used === count) return [];
  const named = SIZES.map((name) => lastArgument(profile, name)).find((arg) => arg !== undefined);
  const size =
    named === undefined ? 'no tensor-parallel-size is given, so the engine uses 1' : `the engine arguments use ${used}`;
  return [
    {
      message: `${at.join('.')} is ${count}, but ${size}`,
      at: named === undefined ? at : ['engine_args', named.key],
      part: 'value',
      suggestion: 'tensor-parallel-size x pipeline-parallel-size x data-parallel-size must be the number of GPUs.',
    },
  ];
}
