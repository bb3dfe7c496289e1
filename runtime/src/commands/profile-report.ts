import { describeProblem } from '../profile/load.ts';
import { layerPriority } from '../profile/preference.ts';
import { STATES, type CompatibilityState, type Evaluation } from '../profile/select.ts';
import type { Preparation } from './prepare.ts';

export interface ReportOptions {
  /** Adds every failed check of every profile. */
  readonly verbose: boolean;
  readonly color: boolean;
}

const COLORS: Record<CompatibilityState, number> = {
  compatible: 32,
  gpu_mismatch: 31,
  precision_mismatch: 33,
  model_mismatch: 35,
  engine_mismatch: 36,
  metric_mismatch: 34,
  unknown: 90,
};

/** The report grouped by state. */
export function renderReport(preparation: Preparation, shown: readonly Evaluation[], options: ReportOptions): string {
  const lines = [...header(preparation), '', `Total profiles analyzed: ${preparation.selection.evaluations.length}`];
  for (const state of STATES) {
    const group = shown.filter((evaluation) => evaluation.state === state);
    if (group.length === 0) continue;
    lines.push(
      '',
      `${state.toUpperCase()} (${group.length} ${group.length === 1 ? 'profile' : 'profiles'}):`,
      '-'.repeat(40),
    );
    for (const evaluation of group) lines.push(...describe(evaluation, preparation, options));
  }
  return `${[...lines, ...invalidLines(preparation)].join('\n')}\n`;
}

/** The same as one table, one profile a line. */
export function renderTable(preparation: Preparation, shown: readonly Evaluation[], options: ReportOptions): string {
  const rows = shown.map(({ profile, state, automatic, reasons }) => ({
    state,
    cells: [
      `${profile === preparation.selection.selected?.profile ? '* ' : '  '}${profile.id}`,
      profile.metadata.engine,
      `${profile.metadata.gpu} x ${profile.metadata.gpuCount}`,
      profile.metadata.precision,
      profile.metadata.metric,
      profile.metadata.type,
      String(layerPriority(profile)),
      state === 'compatible' && !automatic ? 'compatible (manual)' : state,
      ...(options.verbose
        ? [reasons.map(({ code, expected, actual }) => `${code}: ${actual}, not ${expected}`).join('; ')]
        : []),
    ],
  }));
  const title = [
    '  Profile',
    'Engine',
    'GPU',
    'Precision',
    'Metric',
    'Type',
    'Priority',
    'State',
    ...(options.verbose ? ['Failed checks'] : []),
  ];
  const widths = title.map((name, column) =>
    Math.max(name.length, ...rows.map(({ cells }) => cells[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  const paint = (text: string, state: CompatibilityState) =>
    options.color ? `\u001B[${COLORS[state]}m${text}\u001B[0m` : text;
  return `${[
    line(title),
    line(widths.map((width) => '-'.repeat(width))),
    ...rows.map(({ cells, state }) => paint(line(cells), state)),
    ...(preparation.selection.selected ? ['', '* is the profile that serve would start'] : []),
    ...invalidLines(preparation),
  ].join('\n')}\n`;
}

function header({ config }: Preparation): string[] {
  return [
    'AIM Profile Compatibility Report',
    '='.repeat(50),
    `Model ID: ${config.modelId ?? config.aimId ?? 'none'}`,
    `Precision: ${config.precision}`,
    `Engine: ${config.engine}`,
    `Metric: ${config.metric}`,
    `GPU Count: ${config.gpuCount}`,
    ...(config.gpuModel === undefined ? [] : [`GPU Model: ${config.gpuModel}`]),
  ];
}

function describe(
  { profile, automatic, state, reasons }: Evaluation,
  { selection }: Preparation,
  { verbose }: ReportOptions,
): string[] {
  const notes = [
    ...(profile === selection.selected?.profile ? ['selected'] : []),
    ...(state === 'compatible' && !automatic ? ['by AIM_PROFILE_ID only'] : []),
  ];
  return [
    `  • ${profile.id}${notes.length === 0 ? '' : ` (${notes.join(', ')})`}`,
    `    GPU: ${profile.metadata.gpu}${profile.metadata.gpuCount === 1 ? '' : ` x ${profile.metadata.gpuCount}`}`,
    `    Precision: ${profile.metadata.precision}`,
    `    Engine: ${profile.metadata.engine}`,
    `    Priority: ${layerPriority(profile)}`,
    ...(verbose ? reasons.map(({ code, expected, actual }) => `    ${code}: is ${actual}, wanted ${expected}`) : []),
  ];
}

function invalidLines({ set }: Preparation): string[] {
  if (set.invalid.length === 0) return [];
  const lines = set.invalid.flatMap(({ path, problems }) =>
    problems.map((problem) => `  • ${describeProblem(path, problem)}`),
  );
  return [
    '',
    `INVALID (${set.invalid.length} ${set.invalid.length === 1 ? 'file' : 'files'}):`,
    '-'.repeat(40),
    ...lines,
  ];
}
