import { Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.ts';
import { confirmPlan } from '../cli/confirm.ts';
import { imagesFlag, registryFlags } from '../cli/flags.ts';
import { renderRollback, renderRollbackPlan, type RollbackReport } from '../cli/present/rollback.ts';
import { consentFlags, releaseConcurrencyFlag, releaseRegistryFlag } from '../cli/release-flags.ts';
import { lockTags } from '../cli/tagging.ts';
import { parseRegistry } from '../images/names.ts';

export class Rollback extends BaseCommand {
  static override summary = 'Move floating tags back to what they named before a release.';
  static override description =
    'Undoes the newest release, or all after --to, from the records that `release` and `promote` keep. Images and ' +
    'their own tags stay; what is not recorded is not touched. With --images only the tags of these images go back. A tag that somebody else moves meanwhile stops it.';
  static override examples = [
    {
      description: 'See what undoing the newest release moves',
      command: '<%= config.bin %> rollback --registry ghcr.io/my-org --dry-run',
    },
    {
      description: 'Go back to a release',
      command: '<%= config.bin %> rollback --registry ghcr.io/my-org --to 0.9.3 --yes',
    },
    {
      description: 'Undo it for one model only',
      command: '<%= config.bin %> rollback --registry ghcr.io/my-org --images Qwen/Qwen3-32B',
    },
    {
      description: 'Undo the newest release of an older line',
      command: '<%= config.bin %> rollback --registry ghcr.io/my-org --line 0.8',
    },
  ];
  static override flags = {
    ...releaseRegistryFlag,
    insecure: registryFlags.insecure,
    ...releaseConcurrencyFlag,
    ...consentFlags,
    to: Flags.string({
      helpValue: 'RELEASE',
      description: 'Release to go back to; default is the one before the newest.',
      env: 'AIMCTL_ROLLBACK_TO',
    }),
    ...imagesFlag,
    line: Flags.string({
      helpValue: 'MAJOR.MINOR',
      description: 'Look at the releases of this line only.',
      env: 'AIMCTL_LINE',
    }),
  };

  override async run(): Promise<RollbackReport> {
    const { flags } = await this.parse(Rollback);
    const session = this.open(flags);
    const { clock, signal, progress } = session;
    const { applyRollback, loadRollbackPlan } = await import('../release/rollback.ts');
    const { concurrency } = flags;
    const ports = { registry: await session.connectRegistries(flags.insecure), clock, signal };
    const { to, line, images } = flags;
    const request = { registry: parseRegistry(flags.registry), to, line, images, concurrency };
    const plan = await loadRollbackPlan(ports, request);
    const isPending = plan.tags.some(({ action }) => action === 'move');
    const isApplied = isPending && !flags['dry-run'];
    if (isApplied) {
      await confirmPlan(session, renderRollbackPlan(plan), flags);
      const onMoved = ({ repository, tag }: { repository: string; tag: string }) =>
        progress.endTask(`${repository}:${tag}`, 'moved back');
      await lockTags(session, request.registry, () => applyRollback(ports, plan, { concurrency, onMoved }));
    }
    return this.finish(flags, { ...plan, applied: isApplied }, renderRollback);
  }
}
