import { BaseCommand } from '../cli/base-command.ts';
import { eventFlags } from '../cli/event-flags.ts';
import { concurrencyFlag, imagesFlag, registryFlags, untaggedImageFlags } from '../cli/flags.ts';
import { loadVersionReport } from '../cli/image-versions.ts';
import { renderVersions } from '../cli/present/version.ts';
import { consentFlags } from '../cli/release-flags.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import type { VersionReport } from '../versions/report.ts';

export class VersionCommand extends BaseCommand {
  static override summary = 'Show which tags images get, and why.';
  static override description =
    'Official tags for release/ branches, their pull requests to the default branch and git tags such as v0.9; -rcN for ' +
    'pushes to other branches; -preview for other pull requests. Model images whose content is that of an existing ' +
    'version keep its tag; others get the next patch of MAJOR.MINOR, which is that of package.json. Changes nothing.';
  static override examples = [
    { description: 'In a workflow', command: '<%= config.bin %> version --registry ghcr.io/my-org --json' },
    {
      description: 'What a push to a branch would give',
      command: '<%= config.bin %> version --registry ghcr.io/my-org --ref refs/heads/feature/x',
    },
    {
      description: 'What a pull request from a release branch would give, without a registry',
      command: '<%= config.bin %> version --ref refs/heads/release/0.9 --base-ref main --images base',
    },
  ];
  static override flags = {
    ...untaggedImageFlags,
    ...registryFlags,
    ...concurrencyFlag,
    ...eventFlags,
    ...imagesFlag,
    ...consentFlags,
  };

  override async run(): Promise<VersionReport> {
    const { flags } = await this.parse(VersionCommand);
    const report = await loadVersionReport(this.open(flags), flags);
    if (report.images.some(({ state }) => state === 'failed')) process.exitCode = EXIT_CODES['check-failed'];
    return this.finish(flags, report, renderVersions);
  }
}
