import { Args } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.ts';
import { tuneFlags } from '../../cli/bench-tune-flags.ts';
import type { BenchTunePlan, BenchTuneReport } from '../../cli/present/bench-tune.ts';
import { EXIT_CODES } from '../../exit-codes.ts';

export class BenchTune extends BaseCommand {
  static override summary = 'Search for better settings of a profile.';
  static override description =
    'Tries values of engine arguments and variables: a first round of short measurements, full ones of the best third, ' +
    'steps to neighbours of the best while they help, and last it takes back every change that has no effect. What ' +
    'does not fit into the memory or breaks a rule of lint is not tried; an engine that crashes is a result. The ' +
    'winner must answer rightly, and is written as a new profile with its evidence. The score is output tokens per ' +
    'second: of a GPU for throughput profiles, of one user for latency ones. Exits with 3 when there is no winner.';
  static override args = {
    profile: Args.string({
      required: true,
      ignoreStdin: true,
      description: 'Profile to start from: a file or its name.',
    }),
  };
  static override examples = [
    {
      description: 'See first what would be tried, and how long that takes',
      command:
        '<%= config.bin %> bench tune Qwen/Qwen3-32B/vllm-mi300x-fp16-tp1-throughput --param max-num-seqs=64,128,256 --dry-run',
    },
    {
      description: 'Search over an argument, a flag and a variable',
      command:
        '<%= config.bin %> bench tune Qwen/Qwen3-32B/vllm-mi300x-fp16-tp1-throughput --param max-num-batched-tokens=2048,8192,16384 --param async-scheduling=on,off --param VLLM_ROCM_USE_AITER=0,1 --output tune',
    },
    {
      description: 'Go on after an interruption',
      command:
        '<%= config.bin %> bench tune Qwen/Qwen3-32B/vllm-mi300x-fp16-tp1-throughput --search search.yaml --output tune --resume',
    },
  ];
  static override flags = tuneFlags;

  override async run(): Promise<BenchTunePlan | BenchTuneReport> {
    const { flags, args } = await this.parse(BenchTune);
    const session = this.open(flags);
    const { renderTune, renderTunePlan } = await import('../../cli/present/bench-tune.ts');
    if (flags['dry-run']) {
      const { planBenchTune } = await import('../../cli/plan-bench-tune.ts');
      return this.finish(flags, await planBenchTune(session, args.profile, flags), renderTunePlan);
    }
    // Clients of engines load only for commands that start servers.
    const { runBenchTune } = await import('../../cli/run-bench-tune.ts');
    const report = await runBenchTune(session, args.profile, flags);
    if (report.winner === null) process.exitCode = EXIT_CODES['check-failed'];
    return this.finish(flags, report, renderTune);
  }
}
