import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.ts';
import type { DeployDeleteReport } from '../../cli/deploy-cluster.ts';
import { placeFlags } from '../../cli/deploy-flags.ts';
import { renderDeleted } from '../../cli/present/deployed.ts';

export class DeployDelete extends BaseCommand {
  static override summary = 'Remove a deployment from a cluster.';
  static override description =
    'Removes what aimctl deploy --apply made, found by its labels. The volume with the models stays unless ' +
    '--delete-cache is given. Waits until the objects are gone; their pods finish running requests before they end.';
  static override args = {
    name: Args.string({ required: true, ignoreStdin: true, description: 'Name of the deployment.' }),
  };
  static override examples = [
    {
      description: 'See what would be removed',
      command: '<%= config.bin %> deploy delete aim-qwen3-32b --namespace models --dry-run',
    },
    {
      description: 'Remove it with its models',
      command: '<%= config.bin %> deploy delete aim-qwen3-32b --namespace models --delete-cache',
    },
  ];
  static override flags = {
    ...placeFlags,
    'delete-cache': Flags.boolean({
      default: false,
      description: 'Remove the volume with the downloaded models too.',
      env: 'AIMCTL_DELETE_CACHE',
    }),
    wait: Flags.boolean({
      allowNo: true,
      default: true,
      description: 'Wait until the objects are gone.',
      env: 'AIMCTL_WAIT',
    }),
    'dry-run': Flags.boolean({ default: false, description: 'Remove nothing.', env: 'AIMCTL_DRY_RUN' }),
  };

  override async run(): Promise<DeployDeleteReport> {
    const { flags, args } = await this.parse(DeployDelete);
    const session = this.open(flags);
    const { deleteDeployed } = await import('../../cli/deploy-cluster.ts');
    const { 'delete-cache': deleteCache, 'dry-run': dryRun } = flags;
    const report = await deleteDeployed(session, { ...flags, name: args.name, deleteCache, dryRun });
    return this.finish(flags, report, renderDeleted);
  }
}
