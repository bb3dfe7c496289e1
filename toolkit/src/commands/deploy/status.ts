import { Args } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.ts';
import type { DeployStatusReport } from '../../cli/deploy-cluster.ts';
import { placeFlags } from '../../cli/deploy-flags.ts';
import { renderDeployed } from '../../cli/present/deployed.ts';
import { EXIT_CODES } from '../../exit-codes.ts';

export class DeployStatus extends BaseCommand {
  static override summary = 'Show deployments in a cluster, and why one does not serve.';
  static override description = 'Shows what aimctl deploy --apply made. Exits with 3 while something is not ready.';
  static override args = {
    name: Args.string({ ignoreStdin: true, description: 'Name of a deployment; default is all of the namespace.' }),
  };
  static override examples = [
    { description: 'See all of a namespace', command: '<%= config.bin %> deploy status --namespace models' },
    { description: 'See one', command: '<%= config.bin %> deploy status aim-qwen3-32b --namespace models --json' },
  ];
  static override flags = placeFlags;

  override async run(): Promise<DeployStatusReport> {
    const { flags, args } = await this.parse(DeployStatus);
    const session = this.open(flags);
    const { reportDeployed } = await import('../../cli/deploy-cluster.ts');
    const report = await reportDeployed(session, { ...flags, name: args.name });
    if (!report.deployments.every(({ ready }) => ready)) process.exitCode = EXIT_CODES['check-failed'];
    return this.finish(flags, report, renderDeployed);
  }
}
