import { BaseCommand } from '../../cli/base-command.ts';
import { benchFlags } from '../../cli/bench-flags.ts';
import type { BenchCalibrationReport, BenchPlanReport, BenchRunReport } from '../../bench/run/report.ts';
import { hasPassed } from '../../bench/run/report.ts';
import { EXIT_CODES } from '../../exit-codes.ts';

export class Bench extends BaseCommand {
  static override summary = 'Measure a server, or profiles on a GPU host.';
  static override description =
    'Starts the image with each profile, waits for free GPUs and for the engine, runs the load client beside it, and ' +
    'repeats every point until it is known well enough. Points are kept as they end: --resume goes on after a crash. ' +
    'No container is left, even when this program is killed. Exits with 3 when a point could not be measured or a ' +
    'threshold is missed.';
  static override examples = [
    {
      description: 'Measure a server that runs',
      command: '<%= config.bin %> bench --url http://127.0.0.1:8000 --concurrency 1,8,64',
    },
    {
      description: 'Measure a server that wants a key',
      command: '<%= config.bin %> bench --url https://models.example.com --api-key-env MODELS_KEY --concurrency 4',
    },
    {
      description: 'Measure a profile here, and see first what that takes',
      command:
        '<%= config.bin %> bench --profile Qwen/Qwen3-32B/vllm-mi300x-fp16-tp1-latency --concurrency 8 --dry-run',
    },
    {
      description: 'Measure all profiles of a model on another machine',
      command: '<%= config.bin %> bench --host ssh://me@gpu-node --profile Qwen/Qwen3-32B --concurrency 1,16,64',
    },
    {
      description: 'Measure all profiles of a model in a cluster',
      command:
        '<%= config.bin %> bench --host k8s://lab/bench --profile Qwen/Qwen3-32B --concurrency 1,16,64 --registry ghcr.io/my-org',
    },
    {
      description: 'Find the most users that get their answers in time',
      command:
        '<%= config.bin %> bench --url http://127.0.0.1:8000 --slo ttft:500,tpot:30 --search-slo --concurrency 1,256',
    },
    {
      description: 'See first what this machine can measure',
      command: '<%= config.bin %> bench --calibrate',
    },
    {
      description: 'Compare with an earlier run',
      command: '<%= config.bin %> bench --url http://127.0.0.1:8000 --concurrency 8 --baseline bench-before',
    },
  ];
  static override flags = benchFlags;

  override async run(): Promise<BenchCalibrationReport | BenchPlanReport | BenchRunReport> {
    const { flags } = await this.parse(Bench);
    const session = this.open(flags);
    // Statistics, reports and clients of engines load only for this command.
    const { calibrate, planReport, runBench } = await import('../../cli/run-bench.ts');
    const { renderBenchPlan, renderBenchRun } = await import('../../cli/present/bench.ts');
    if (flags['dry-run']) return this.finish(flags, planReport(session, flags), renderBenchPlan);
    if (flags.calibrate) {
      const { renderCalibration } = await import('../../cli/present/calibration.ts');
      const report = await calibrate(session);
      if (!report.calibration.passed) process.exitCode = EXIT_CODES['check-failed'];
      return this.finish(flags, report, ({ calibration }) => renderCalibration(calibration));
    }
    const report = await runBench(session, flags);
    if (!hasPassed(report)) process.exitCode = EXIT_CODES['check-failed'];
    return this.finish(flags, report, renderBenchRun);
  }
}
