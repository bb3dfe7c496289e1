import { Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.ts';
import { cacheFlags } from '../../cli/cache-flags.ts';
import { renderRemoval, type RemovalReport } from '../../cli/present/cache.ts';

export class CacheCleanup extends BaseCommand {
  static override summary = 'Remove models that were cached a while ago.';
  static override description =
    'Counts from the last file of a model that was written; file systems do not tell reliably when one was read. ' +
    'Downloads that were given up go as well, those that are under way stay.';
  static override examples = [
    { description: 'Remove what is older than 30 days', command: '<%= config.bin %> cache cleanup --days 30' },
    { description: 'See what that would be', command: '<%= config.bin %> cache cleanup --days 7 --dry-run' },
  ];
  static override flags = {
    ...cacheFlags,
    days: Flags.integer({
      helpValue: 'N',
      min: 0,
      default: 30,
      description: 'Age in days.',
      env: 'AIMCTL_CACHE_DAYS',
    }),
    'dry-run': Flags.boolean({ default: false, description: 'Delete nothing.', env: 'AIMCTL_DRY_RUN' }),
  };

  override async run(): Promise<RemovalReport> {
    const { flags } = await this.parse(CacheCleanup);
    const { path } = this.open(flags).modelCache(flags['cache-dir']);
    const { planCleanup, removeEntries } = await import('../../cache/change.ts');
    const { scanCache, sumBytes } = await import('../../cache/scan.ts');
    const nowMs = Date.now();
    const removed = planCleanup(scanCache(path, nowMs), flags.days, nowMs);
    if (!flags['dry-run']) removeEntries(removed, path);
    const report = { removed, freedBytes: sumBytes(removed), dryRun: flags['dry-run'] };
    return this.finish(flags, report, renderRemoval);
  }
}
