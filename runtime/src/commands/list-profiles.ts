import { STATES } from '../profile/select.ts';
import type { Evaluation } from '../profile/select.ts';
import { parseArguments } from './arguments.ts';
import type { Command } from './context.ts';
import { renderReport, renderTable, type ReportOptions } from './profile-report.ts';
import { prepare, type Preparation } from './prepare.ts';

type Renderer = (preparation: Preparation, shown: readonly Evaluation[], options: ReportOptions) => string;

const RENDERERS: Readonly<Record<string, Renderer>> = { text: renderReport, table: renderTable, json: renderJson };

/** Shows every profile of the searched folders and why it fits or does not. */
export const listProfiles: Command = {
  name: 'list-profiles',
  summary: 'list the profiles and why each one fits or does not',
  usage: `aim-runtime list-profiles [--state all|${STATES.join('|')}] [--format text|table|json] [--verbose]`,
  run: async (args, context) => {
    const { flags } = parseArguments(args, {
      state: { type: 'string', allowed: ['all', ...STATES] },
      format: { type: 'string', allowed: Object.keys(RENDERERS) },
      verbose: { type: 'boolean', short: 'v' },
    });
    const preparation = await prepare(context, 'model');
    const wanted = flags['state'] ?? 'all';
    const shown = preparation.selection.evaluations.filter(({ state }) => wanted === 'all' || state === wanted);
    const options = {
      verbose: flags['verbose'] === true,
      color: context.isTerminal('stdout') && context.env['NO_COLOR'] === undefined,
    };
    const render = RENDERERS[String(flags['format'])] ?? renderReport;
    context.print(render(preparation, shown, options));
  },
};

function renderJson({ config, hardware, targets, set, selection }: Preparation, shown: readonly Evaluation[]): string {
  const target = selection.selected?.target ?? targets[0];
  const list = {
    aim_id: config.aimId ?? null,
    model_id: config.modelId ?? null,
    hardware: {
      gpu: target?.gpu ?? null,
      count: target ? target.count : 0,
      source: config.gpuModel === undefined ? hardware.source : 'AIM_GPU_MODEL',
    },
    selected: selection.selected?.profile.id ?? null,
    profiles: shown.map(({ profile, state, automatic, reasons }) => ({
      id: profile.id,
      path: profile.path,
      layer: profile.layer,
      state,
      automatic,
      reasons,
      metadata: profile.source['metadata'],
    })),
    invalid: set.invalid.map(({ path, problems }) => ({
      path,
      line: problems[0]?.line ?? null,
      errors: problems.map(({ message }) => message),
    })),
  };
  return `${JSON.stringify(list, undefined, 2)}\n`;
}
