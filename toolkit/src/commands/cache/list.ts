import { BaseCommand } from '../../cli/base-command.ts';
import { cacheFlags } from '../../cli/cache-flags.ts';
import { renderCache, type CacheReport } from '../../cli/present/cache.ts';

export class CacheList extends BaseCommand {
  static override summary = 'List the models of a model cache.';
  static override description =
    'Shows models in folders of their own and in the cache of the hub, whole or not. A model is complete when it may be served.';
  static override examples = [
    { description: 'Show them as a table', command: '<%= config.bin %> cache list' },
    { description: 'Another cache', command: '<%= config.bin %> cache list --cache-dir /data/models --json' },
  ];
  static override flags = cacheFlags;

  override async run(): Promise<CacheReport> {
    const { flags } = await this.parse(CacheList);
    const { path } = this.open(flags).modelCache(flags['cache-dir']);
    const { scanCache, sumBytes } = await import('../../cache/scan.ts');
    const models = scanCache(path, Date.now());
    return this.finish(flags, { path, models, sizeBytes: sumBytes(models) }, renderCache);
  }
}
