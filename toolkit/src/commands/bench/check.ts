import { BaseCommand } from '../../cli/base-command.ts';
import { checkFlags } from '../../cli/bench-check-flags.ts';
import { renderChecks } from '../../cli/present/bench-classify.ts';
import type { BenchCheckReport } from '../../cli/run-bench-check.ts';
import { EXIT_CODES } from '../../exit-codes.ts';

export class BenchCheck extends BaseCommand {
  static override summary = 'Check that a server answers rightly.';
  static override description =
    'Asks 50 short questions with temperature 0. A server that is fast because it answers nonsense gives the wrong ' +
    'results; with a reference, the same model served in a way that is trusted, answers are also compared with its. ' +
    'aimctl.config.yaml says under "bench" what is required (least-correct, least-agreement, least-prefix). The ' +
    'answers are kept for aimctl bench classify. Exits with 3 when a server does not pass.';
  static override examples = [
    {
      description: 'Check a server that runs, and keep its answers as a reference',
      command: '<%= config.bin %> bench check --url http://127.0.0.1:8000 --output reference',
    },
    {
      description: 'Check a profile against them',
      command:
        '<%= config.bin %> bench check --profile Qwen/Qwen3-32B/vllm-mi300x-fp16-tp1-latency --reference reference/server.answers.json',
    },
  ];
  static override flags = checkFlags;

  override async run(): Promise<BenchCheckReport> {
    const { flags } = await this.parse(BenchCheck);
    const session = this.open(flags);
    // Clients of engines load only for commands that start servers.
    const { runBenchCheck } = await import('../../cli/run-bench-check.ts');
    const report = await runBenchCheck(session, flags);
    if (!report.checks.every(({ gate }) => gate.passed)) process.exitCode = EXIT_CODES['check-failed'];
    return this.finish(flags, report, renderChecks);
  }
}
