import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.ts';
import { cacheFlags } from '../../cli/cache-flags.ts';
import { renderRemoval, type RemovalReport } from '../../cli/present/cache.ts';

export class CacheRemove extends BaseCommand {
  static override summary = 'Remove models from the model cache.';
  static override description =
    'Removes a model in every layout, downloads that were cut off included. A model that is being downloaded stays.';
  static override args = {
    model: Args.string({
      multiple: true,
      required: true,
      ignoreStdin: true,
      description: 'Models, named as in aimctl cache list.',
    }),
  };
  static override examples = [
    { description: 'Remove a model', command: '<%= config.bin %> cache remove Qwen/Qwen3-32B' },
    { description: 'See what that would free', command: '<%= config.bin %> cache remove Qwen/Qwen3-32B --dry-run' },
  ];
  static override flags = {
    ...cacheFlags,
    'dry-run': Flags.boolean({ default: false, description: 'Delete nothing.', env: 'AIMCTL_DRY_RUN' }),
  };

  override async run(): Promise<RemovalReport> {
    const { flags, args } = await this.parse(CacheRemove);
    const { path } = this.open(flags).modelCache(flags['cache-dir']);
    const { findEntries, removeEntries } = await import('../../cache/change.ts');
    const { sumBytes } = await import('../../cache/scan.ts');
    const removed = findEntries(path, args.model, Date.now());
    if (!flags['dry-run']) removeEntries(removed, path);
    const report = { removed, freedBytes: sumBytes(removed), dryRun: flags['dry-run'] };
    return this.finish(flags, report, renderRemoval);
  }
}
