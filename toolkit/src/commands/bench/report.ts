import { Args, Flags } from '@oclif/core';
import { REPORT_FORMATS } from '../../bench/report/formats.ts';
import { BaseCommand } from '../../cli/base-command.ts';
import { loadReportPage } from '../../cli/bench-report-page.ts';
import { renderReports, type ReportsWritten } from '../../cli/present/bench-reports.ts';

export class BenchReport extends BaseCommand {
  static override summary = 'Write reports of a run.';
  static override description =
    'The page report.html needs no network and no other file. The format vllm writes one file for each repeat, as ' +
    '`vllm bench serve --save-result` does.';
  static override args = {
    run: Args.string({ required: true, ignoreStdin: true, description: 'Folder that aimctl bench wrote.' }),
  };
  static override examples = [
    { description: 'A page to look at and to send', command: '<%= config.bin %> bench report runs/today' },
    {
      description: 'Tables for a pull request and a spreadsheet',
      command: '<%= config.bin %> bench report runs/today --format markdown --format csv --output reports',
    },
  ];
  static override flags = {
    format: Flags.option({
      options: REPORT_FORMATS,
      multiple: true,
      default: ['html'],
      description: 'What to write; may be given several times.',
      env: 'AIMCTL_BENCH_FORMAT',
    })(),
    output: Flags.string({
      helpValue: 'DIR',
      description: "Folder to write to; default is the run's own.",
      env: 'AIMCTL_OUTPUT',
    }),
  };

  override async run(): Promise<ReportsWritten> {
    const { flags, args } = await this.parse(BenchReport);
    const { locations, signal } = this.open(flags);
    const { loadResult } = await import('../../bench/report/files.ts');
    const { writeReports } = await import('../../bench/report/write.ts');
    const stored = loadResult(args.run);
    const { output = stored.folder, format: formats } = flags;
    const files = await writeReports({ stored, output, formats, page: loadReportPage(locations.root), signal });
    return this.finish(flags, { files }, renderReports);
  }
}
