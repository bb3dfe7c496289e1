import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.ts';
import { profilesFolder } from '../../cli/build-images.ts';
import { renderFormat } from '../../cli/present/profiles.ts';
import { profilesFlag } from '../../cli/profile-flags.ts';
import { EXIT_CODES } from '../../exit-codes.ts';
import { expandPaths } from '../../profiles/find.ts';
import { formatFiles, type FormatReport } from '../../profiles/format-files.ts';

export class ProfileFmt extends BaseCommand {
  static override summary = 'Put profiles into their one form.';
  static override description =
    'Keys in fixed order, two spaces of indentation, quoted environment variables. Comments stay where they belong.';
  static override args = {
    path: Args.string({
      multiple: true,
      ignoreStdin: true,
      description: 'Files and folders; default is the whole catalogue.',
    }),
  };
  static override examples = [
    { description: 'Format the catalogue', command: '<%= config.bin %> profile fmt' },
    { description: 'Fail when a file is not formatted', command: '<%= config.bin %> profile fmt my-profiles --check' },
  ];
  static override flags = {
    ...profilesFlag,
    check: Flags.boolean({
      default: false,
      description: 'Write nothing; exit with 3 when a file is not formatted.',
      env: 'AIMCTL_CHECK',
    }),
  };

  override async run(): Promise<FormatReport> {
    const { flags, args } = await this.parse(ProfileFmt);
    const { locations } = this.open(flags);
    const paths = expandPaths(args.path ?? [profilesFolder(flags.profiles, locations.root)]);
    const report = formatFiles(paths, { write: !flags.check });
    if (flags.check && report.changed.length > 0) process.exitCode = EXIT_CODES['check-failed'];
    return this.finish(flags, report, renderFormat);
  }
}
