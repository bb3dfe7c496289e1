import { resolve } from 'node:path';
import { Args } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.ts';
import { hostFlag } from '../cli/flags.ts';
import { renderScan } from '../cli/present/scan.ts';
import { scanFlags } from '../cli/scan-flags.ts';
import { openScanner } from '../cli/scanner.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { writeWholeFile } from '../images/write-file.ts';
import { findConfig } from '../lint/config.ts';
import { loadScanConfig } from '../scan/config.ts';
import { renderScanSarif } from '../scan/sarif.ts';
import { scanImages, type ScanReport } from '../scan/scan.ts';

const toJson = (report: ScanReport) => JSON.stringify(report, undefined, 2);
const RENDERERS = { text: renderScan, json: toJson, sarif: renderScanSarif };

export class Scan extends BaseCommand {
  static override summary = 'Look for known vulnerabilities in images.';
  static override description =
    'Runs Grype: the program on PATH, else its pinned image on a Docker Engine. aimctl.config.yaml says under "scan" ' +
    'what stops a release (fail-on, only-fixed) and what was accepted (ignore: id, reason, until). Exits with 3 when ' +
    'something stops a release.';
  static override args = {
    image: Args.string({
      required: true,
      multiple: true,
      ignoreStdin: true,
      description: 'Images on the engine or in a registry.',
    }),
  };
  static override examples = [
    {
      description: 'Scan both kinds of images',
      command: '<%= config.bin %> scan aim-base:0.9 aim-qwen-qwen3-32b:0.9.0',
    },
    {
      description: 'Write a log for code scanning',
      command: '<%= config.bin %> scan ghcr.io/my-org/aim-base:0.9 --format sarif --output scan.sarif',
    },
  ];
  static override flags = {
    ...hostFlag,
    ...scanFlags,
  };

  override async run(): Promise<ScanReport> {
    const { flags, args } = await this.parse(Scan);
    const session = this.open(flags);
    const { progress, clock } = session;
    const config = loadScanConfig(flags.config ?? findConfig(process.cwd()));
    const report = await scanImages(await openScanner(session, flags.host), args.image, {
      config: { ...config, failOn: flags['fail-on'] ?? config.failOn },
      today: new Date(clock.nowMs()).toISOString().slice(0, 10),
      onScan: (image) => progress.task(image, { phase: 'scanning' }),
      onScanned: (image, passed) => progress.endTask(image, passed ? 'passed' : 'stopped'),
    });
    if (flags.output !== undefined) {
      await writeWholeFile(resolve(flags.output), [Buffer.from(`${RENDERERS[flags.format](report)}\n`)], session);
    }
    if (!report.passed) process.exitCode = EXIT_CODES['check-failed'];
    const render = flags.output === undefined ? RENDERERS[flags.format] : renderScan;
    return this.finish(flags, report, render);
  }
}
