import { STATES, type CompatibilityState, type Evaluation, type Reason, type SelectionRequest } from './select.ts';

const MOST_SHOWN = 5;

/** How many profiles are in each state, states without profiles left out. */
export function countStates(evaluations: readonly Evaluation[]): Partial<Record<CompatibilityState, number>> {
  const counts: Partial<Record<CompatibilityState, number>> = {};
  for (const state of STATES) {
    const count = evaluations.filter((evaluation) => evaluation.state === state).length;
    if (count > 0) counts[state] = count;
  }
  return counts;
}

/**
 * Lines for a person whose request fits no profile: how many profiles are in each state, compatible ones that only
 * wait to be named, and the nearest others with the smallest change that would make each fit.
 */
export function explainFailure(evaluations: readonly Evaluation[], request: SelectionRequest): string[] {
  if (evaluations.length === 0) return ['No valid profile lies in the searched folders.'];
  const counts = Object.entries(countStates(evaluations)).map(([state, count]) => `${count} ${state}`);
  const manual = evaluations.filter(({ state }) => state === 'compatible');
  const others = evaluations.filter(({ state }) => state !== 'compatible').sort((a, b) => distance(a) - distance(b));
  return [
    `${evaluations.length} ${evaluations.length === 1 ? 'profile' : 'profiles'}: ${counts.join(', ')}.`,
    ...section('Compatible, but only by name:', manual, ({ profile }) => `set AIM_PROFILE_ID=${profile.id}`),
    ...section(
      'Nearest others:',
      others,
      (evaluation) => `${evaluation.profile.id}: ${changesFor(evaluation, request).join(', ')}`,
    ),
  ];
}

function section(title: string, shown: readonly Evaluation[], line: (evaluation: Evaluation) => string): string[] {
  if (shown.length === 0) return [];
  const rest = shown.length - MOST_SHOWN;
  return [
    title,
    ...shown.slice(0, MOST_SHOWN).map((each) => `  ${line(each)}`),
    ...(rest > 0 ? [`  and ${rest} more`] : []),
  ];
}

/** Changing a setting is nearer than other hardware, and another model is farthest. */
function distance({ reasons }: Evaluation): number {
  const weight: Record<Reason['code'], number> = {
    manual_selection_only: 1,
    metric_mismatch: 2,
    precision_mismatch: 2,
    engine_mismatch: 4,
    gpu_mismatch: 8,
    model_mismatch: 100,
  };
  return reasons.reduce((sum, { code }) => sum + weight[code], 0);
}

/** What would have to change for this profile to be selected, one item per failed check. */
export function changesFor({ profile, reasons, target }: Evaluation, request: SelectionRequest): string[] {
  const { metadata } = profile;
  const byName = reasons.some(({ code }) => code === 'manual_selection_only');
  const changes = reasons.map(({ code, actual }) => {
    switch (code) {
      case 'engine_mismatch':
        return `AIM_ENGINE=${metadata.engine}`;
      case 'metric_mismatch':
        return `AIM_METRIC=${metadata.metric}`;
      case 'precision_mismatch':
        return `AIM_PRECISION=${metadata.precision}`;
      case 'gpu_mismatch':
        return target?.gpu === metadata.gpu && request.gpuCount !== 'auto'
          ? `AIM_GPU_COUNT=${metadata.gpuCount}`
          : `needs ${metadata.gpuCount} x ${metadata.gpu}`;
      case 'model_mismatch':
        return `is for ${actual}`;
      case 'manual_selection_only':
        return `AIM_PROFILE_ID=${profile.id}`;
    }
  });
  return byName
    ? [...changes.filter((change) => !change.startsWith('AIM_PROFILE_ID=')), `AIM_PROFILE_ID=${profile.id}`]
    : changes;
}
