import { Args } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.ts';
import { deployFlags } from '../../cli/deploy-flags.ts';
import type { DeployReport } from '../../cli/deploy-model.ts';
import { renderDeploy } from '../../cli/present/deploy.ts';

export class Deploy extends BaseCommand {
  static override summary = 'Write what deploys a model: manifests, a chart, a compose file or a script.';
  static override description =
    'Chooses a profile and GPUs, and sizes memory, volumes and probes by the model. Pods run as user 1000 on a ' +
    'read-only root; secrets are named and never read. Nothing is asked of a cluster. Without --output the files ' +
    'are printed, for kubectl apply -f - among others.';
  static override args = {
    model: Args.string({ required: true, ignoreStdin: true, description: 'Model to serve, ORG/MODEL.' }),
  };
  static override examples = [
    {
      description: 'Look at the manifests',
      command: '<%= config.bin %> deploy Qwen/Qwen3-32B --target kubernetes --registry ghcr.io/my-org',
    },
    {
      description: 'Write a Helm chart whose model is downloaded before GPUs are taken',
      command:
        '<%= config.bin %> deploy meta-llama/Llama-3.1-8B-Instruct --target helm --cache preload --hf-secret hf-token --output chart',
    },
    {
      description: 'Let the load decide about the replicas',
      command:
        '<%= config.bin %> deploy Qwen/Qwen3-32B --target kserve --gpu-model MI325X --cache ephemeral --autoscaling keda --max-replicas 4',
    },
    {
      description: 'Run it on one host',
      command: '<%= config.bin %> deploy Qwen/Qwen3-32B --target compose --output .',
    },
  ];
  static override flags = deployFlags;

  override async run(): Promise<DeployReport> {
    const { flags, args } = await this.parse(Deploy);
    const session = this.open(flags);
    // Profiles, estimates and their tables load only for this command.
    const { deployModel } = await import('../../cli/deploy-model.ts');
    const report = await deployModel(session, { ...flags, model: args.model });
    return this.finish(flags, report, (each) => renderDeploy(each, flags.output));
  }
}
