import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.ts';
import { profilesFolder } from '../../cli/build-images.ts';
import { renderDiff, type DiffReport } from '../../cli/present/profiles.ts';
import { profilesFlag } from '../../cli/profile-flags.ts';
import { EXIT_CODES } from '../../exit-codes.ts';
import { diffProfiles } from '../../profiles/diff.ts';
import { loadProfileOrRevision } from '../../profiles/revision.ts';

export class ProfileDiff extends BaseCommand {
  static override summary = 'Show what two profiles mean differently.';
  static override description =
    'Order, comments and spelling make no difference. REVISION:PROFILE is a profile as it was in that revision.';
  static override args = {
    before: Args.string({ required: true, ignoreStdin: true, description: 'File, name, or REVISION:PROFILE.' }),
    after: Args.string({ required: true, ignoreStdin: true, description: 'The same for the other side.' }),
  };
  static override examples = [
    {
      description: 'Compare two profiles',
      command:
        '<%= config.bin %> profile diff Qwen3-32B/vllm-mi300x-fp16-tp1-latency Qwen3-32B/vllm-mi300x-fp16-tp1-throughput',
    },
    {
      description: 'See what changed since the last commit',
      command: '<%= config.bin %> profile diff HEAD:my-profile.yaml my-profile.yaml --exit-code',
    },
  ];
  static override flags = {
    ...profilesFlag,
    'exit-code': Flags.boolean({
      default: false,
      description: 'Exit with 3 when they differ.',
      env: 'AIMCTL_EXIT_CODE',
    }),
  };

  override async run(): Promise<DiffReport> {
    const { flags, args } = await this.parse(ProfileDiff);
    const { locations, exec } = this.open(flags);
    const root = profilesFolder(flags.profiles, locations.root);
    const [before, after] = [args.before, args.after].map((name) => loadProfileOrRevision(name, root, exec));
    const changes = before && after ? diffProfiles(before, after) : [];
    if (flags['exit-code'] && changes.length > 0) process.exitCode = EXIT_CODES['check-failed'];
    return this.finish(flags, { equal: changes.length === 0, changes }, renderDiff);
  }
}
