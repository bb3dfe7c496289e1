import { Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.ts';
import { describeCommands } from '../cli/command-facts.ts';
import { registryFlags } from '../cli/flags.ts';
import { catalogueFlags } from '../cli/model-flags.ts';
import { renderDocs, type DocsReport } from '../cli/present/docs.ts';
import { EXIT_CODES } from '../exit-codes.ts';

export class Docs extends BaseCommand {
  static override summary = 'Generate the documentation that follows from the data.';
  static override description =
    'Writes the pages of every model, the support matrix, the reference of all commands, the index of the lint rules ' +
    'and a catalogue in one HTML file. Only files that carry the mark of this command are replaced or removed. ' +
    'With --check nothing is written, and pages that are out of date end it with 3. With --registry the newest ' +
    'official images there are listed too; without it their page stays as it is.';
  static override examples = [
    { description: 'Bring the pages up to date', command: '<%= config.bin %> docs' },
    { description: 'Fail when a page is out of date, as CI does', command: '<%= config.bin %> docs --check' },
    {
      description: 'Write them elsewhere, with the list of the newest images',
      command: '<%= config.bin %> docs --output site --registry ghcr.io/my-org',
    },
  ];
  static override flags = {
    ...catalogueFlags,
    output: Flags.string({
      char: 'o',
      helpValue: 'DIR',
      description: 'Folder that gets the pages; default is docs/ of the repository.',
      env: 'AIMCTL_DOCS',
    }),
    check: Flags.boolean({
      default: false,
      description: 'Write nothing; exit with 3 when a page is out of date.',
      env: 'AIMCTL_CHECK',
    }),
    registry: Flags.string({
      helpValue: 'HOST[/NAMESPACE]',
      description: 'List the newest official images of this registry on images.md.',
      env: 'AIMCTL_DOCS_REGISTRY',
    }),
    insecure: registryFlags.insecure,
  };

  override async run(): Promise<DocsReport> {
    const { flags } = await this.parse(Docs);
    const session = this.open(flags);
    // Rules, estimates and pages load only for this command.
    const { updateDocs } = await import('../cli/update-docs.ts');
    const report = await updateDocs(session, describeCommands(this.config), flags);
    const stale = report.added.length + report.changed.length + report.removed.length;
    if (flags.check && stale > 0) process.exitCode = EXIT_CODES['check-failed'];
    return this.finish(flags, report, renderDocs);
  }
}
