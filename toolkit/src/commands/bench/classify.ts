import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.ts';
import { configFlag } from '../../cli/bench-check-flags.ts';
import { profilesFolder } from '../../cli/build-images.ts';
import { renderClassified } from '../../cli/present/bench-classify.ts';
import { profilesFlag } from '../../cli/profile-flags.ts';
import type { BenchClassifyReport } from '../../cli/run-bench-classify.ts';

export class BenchClassify extends BaseCommand {
  static override summary = 'Decide from measurements which type profiles have.';
  static override description =
    'optimized: near the best known for the model, GPU and precision, clearly above the general profile, without ' +
    'preemptions, with right answers. preview: above the general profile, but something of that is missing. Else ' +
    'unoptimized. aimctl.config.yaml says under "bench" where the limits are (best-share, optimized-gain, ' +
    'preview-gain, least-repeats, latency-concurrency, good-share). The general profile must be among the runs.';
  static override args = {
    run: Args.string({
      required: true,
      multiple: true,
      ignoreStdin: true,
      description: 'Folders that aimctl bench wrote.',
    }),
  };
  static override examples = [
    {
      description: 'See what a run says',
      command: '<%= config.bin %> bench classify runs/today',
    },
    {
      description: 'Write types and evidence into the catalogue',
      command:
        '<%= config.bin %> bench classify runs/today runs/general --answers bench-answers/profile.answers.json --write',
    },
  ];
  static override flags = {
    ...profilesFlag,
    ...configFlag,
    answers: Flags.string({
      helpValue: 'FILE',
      multiple: true,
      multipleNonGreedy: true,
      description: 'Answers that aimctl bench check wrote; may be repeated.',
      env: 'AIMCTL_BENCH_ANSWERS',
    }),
    reference: Flags.string({
      helpValue: 'FILE',
      description: 'Answers that are trusted.',
      env: 'AIMCTL_BENCH_REFERENCE',
    }),
    write: Flags.boolean({
      default: false,
      description: "Write each profile's type, and its evidence to bench/ beside it.",
      env: 'AIMCTL_WRITE',
    }),
    'dry-run': Flags.boolean({
      default: false,
      description: 'With --write: tell which files would change, and change none.',
      env: 'AIMCTL_DRY_RUN',
    }),
  };

  override async run(): Promise<BenchClassifyReport> {
    const { flags, args } = await this.parse(BenchClassify);
    const { locations } = this.open(flags);
    const { runBenchClassify } = await import('../../cli/run-bench-classify.ts');
    const report = runBenchClassify({
      runs: args.run,
      root: profilesFolder(flags.profiles, locations.root),
      answers: flags.answers ?? [],
      ...{ reference: flags.reference, config: flags.config },
      ...{ write: flags.write, dryRun: flags['dry-run'] },
    });
    return this.finish(flags, report, renderClassified);
  }
}
