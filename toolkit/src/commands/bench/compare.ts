import { Args, Flags } from '@oclif/core';
import type { Comparison } from '../../bench/compare/compare.ts';
import { FIGURE_NAMES } from '../../bench/summary/figures.ts';
import { BaseCommand } from '../../cli/base-command.ts';
import { renderComparison } from '../../cli/present/bench-compare.ts';
import { EXIT_CODES, failure } from '../../exit-codes.ts';

export class BenchCompare extends BaseCommand {
  static override summary = 'Compare two runs of the benchmark.';
  static override description =
    'Exits with 3 when a point got worse, or is not known any more. Judged is output per second of closed loops and ' +
    'the mean latency at given rates, by Welch tests over the repeats; points that are about as noisy as each other ' +
    'share their spread. False alarms are below 5 % for all points together. A drop of 5 % at a spread of 2 % is seen ' +
    'in 9 of 10 cases where one point is compared, and in 7 of 10 where it is one of 10 points; 7 repeats of each ' +
    '(bench --repeats 7) show that one in 9 of 10 too.';
  static override args = {
    before: Args.string({ required: true, ignoreStdin: true, description: 'Folder of the earlier run.' }),
    after: Args.string({ required: true, ignoreStdin: true, description: 'Folder of the later run.' }),
  };
  static override examples = [
    { description: 'What a change did', command: '<%= config.bin %> bench compare runs/before runs/after' },
    {
      description: 'Judge the first token too, and ignore changes up to 5 %',
      command:
        '<%= config.bin %> bench compare runs/before runs/after --figure outputTokensPerSecond --figure ttftP50Ms --least-change 5',
    },
  ];
  static override flags = {
    figure: Flags.option({
      options: FIGURE_NAMES,
      multiple: true,
      description: 'Figure to judge; may be given several times.',
      env: 'AIMCTL_BENCH_FIGURE',
    })(),
    'least-change': Flags.string({
      helpValue: 'PERCENT',
      default: '2',
      description: 'Changes up to this are never called worse or better.',
      env: 'AIMCTL_LEAST_CHANGE',
    }),
    strict: Flags.boolean({
      default: false,
      description: 'Fail also where there were too few repeats for a verdict.',
      env: 'AIMCTL_STRICT',
    }),
  };

  override async run(): Promise<Comparison> {
    const { flags, args } = await this.parse(BenchCompare);
    this.open(flags);
    const { loadResult } = await import('../../bench/report/files.ts');
    const { compareResults } = await import('../../bench/compare/compare.ts');
    const [before, after] = [loadResult(args.before).result, loadResult(args.after).result];
    const comparison = compareResults(before, after, {
      leastChange: parsePercent(flags['least-change']),
      strict: flags.strict,
      ...(flags.figure === undefined ? {} : { judged: flags.figure }),
    });
    if (!comparison.passed) process.exitCode = EXIT_CODES['check-failed'];
    return this.finish(flags, comparison, renderComparison);
  }
}

function parsePercent(text: string): number {
  const percent = text.trim() === '' ? Number.NaN : Number(text);
  if (percent >= 0 && percent < 100) return percent / 100;
  throw failure('usage', {
    message: `--least-change is no percentage: ${text}`,
    hint: 'Give a number from 0 to below 100, such as 2.',
  });
}
