import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.ts';
import { loadReportPage } from '../../cli/bench-report-page.ts';
import { openInBrowser } from '../../cli/open-in-browser.ts';
import { renderViewed, type PageViewed } from '../../cli/present/bench-reports.ts';

export class BenchView extends BaseCommand {
  static override summary = 'Look at a run in a browser.';
  static override description =
    'Serves the page on the loopback interface of this machine until interrupted, which is its normal end.';
  static override args = {
    run: Args.string({ required: true, ignoreStdin: true, description: 'Folder that aimctl bench wrote.' }),
  };
  static override examples = [
    { description: 'Serve the page of a run', command: '<%= config.bin %> bench view runs/today' },
    {
      description: 'On a port that is forwarded, say with ssh -L 8050:localhost:8050',
      command: '<%= config.bin %> bench view runs/today --port 8050',
    },
    { description: 'Open it at once', command: '<%= config.bin %> bench view runs/today --open' },
  ];
  static override flags = {
    port: Flags.integer({
      helpValue: 'PORT',
      min: 0,
      max: 65_535,
      default: 0,
      description: 'Port to serve on; 0 is any free one.',
      env: 'AIMCTL_PORT',
    }),
    open: Flags.boolean({
      default: false,
      description: 'Open the page with xdg-open.',
      env: 'AIMCTL_OPEN',
    }),
  };

  protected override readonly runsUntilInterrupted = true;

  override async run(): Promise<PageViewed> {
    const { flags, args } = await this.parse(BenchView);
    const { locations, progress, signal } = this.open(flags);
    const { loadResult } = await import('../../bench/report/files.ts');
    const { renderPage } = await import('../../bench/report/write.ts');
    const { servePage } = await import('../../bench/report/serve.ts');
    const stored = loadResult(args.run);
    const html = await renderPage(stored, loadReportPage(locations.root));
    const { url, ended } = await servePage(html, { port: flags.port, signal });
    progress.note(`Serving ${url} until interrupted.`);
    if (flags.open) {
      openInBrowser(url, () => progress.note('xdg-open could not open it: open the address in a browser.'));
    }
    await ended;
    const viewed = { url, points: stored.result.points.length, sizeBytes: Buffer.byteLength(html) };
    return this.finish(flags, viewed, renderViewed);
  }
}
