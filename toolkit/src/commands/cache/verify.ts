import { BaseCommand } from '../../cli/base-command.ts';
import { cachedModelsArg, cacheFlags } from '../../cli/cache-flags.ts';
import { renderVerified, type VerifyCacheReport } from '../../cli/present/cache.ts';
import { EXIT_CODES } from '../../exit-codes.ts';

export class CacheVerify extends BaseCommand {
  static override summary = 'Hash the files of cached models again.';
  static override description =
    'Compares with what was recorded when they were downloaded, by this program or the tools of the hub. A damaged ' +
    'model is not served any more, and the next download fetches its damaged files. Exits with 3 when a model is ' +
    'damaged or incomplete.';
  static override args = cachedModelsArg;
  static override examples = [
    { description: 'Verify the whole cache', command: '<%= config.bin %> cache verify' },
    { description: 'Verify one model', command: '<%= config.bin %> cache verify Qwen/Qwen3-32B --json' },
  ];
  static override flags = cacheFlags;

  override async run(): Promise<VerifyCacheReport> {
    const { flags, args } = await this.parse(CacheVerify);
    const session = this.open(flags);
    const { path } = session.modelCache(flags['cache-dir']);
    const { findEntries } = await import('../../cache/change.ts');
    const { scanCache } = await import('../../cache/scan.ts');
    const { verifyEntries } = await import('../../cache/verify.ts');
    const names = args.model ?? [];
    const nowMs = Date.now();
    const entries = names.length === 0 ? scanCache(path, nowMs) : findEntries(path, names, nowMs);
    const models = await verifyEntries(entries, path, {
      signal: session.signal,
      onEntry: ({ name }) => session.progress.update(`verifying ${name}`),
    });
    const isWrong = models.some(({ outcome }) => outcome === 'damaged' || outcome === 'incomplete');
    if (isWrong) process.exitCode = EXIT_CODES['check-failed'];
    return this.finish(flags, { models }, renderVerified);
  }
}
