import { Args } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.ts';
import { deployFlags } from '../../cli/deploy-flags.ts';
import type { DeployReport } from '../../cli/deploy-model.ts';
import { renderDeploy } from '../../cli/present/deploy.ts';

export class Deploy extends BaseCommand {
  static override summary = 'Deploy a model to a cluster, or write what does.';
  static override description =
    'Chooses a profile and GPUs, and sizes memory, volumes and probes by the model. Pods run as user 1000 on a ' +
    'read-only root; secrets are named and never read. Without --output the files are printed, for kubectl apply -f - ' +
    'among others. With --apply the cluster is first asked whether it has what is needed, then it gets the objects ' +
    '(server-side apply), what was part of the deployment before and is no more is removed, and the command waits ' +
    'until the model is served, or says why it is not.';
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
      description: 'Deploy to the cluster of the current context, and wait until it serves',
      command: '<%= config.bin %> deploy Qwen/Qwen3-32B --target kubernetes --namespace models --apply',
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
    const { applyModel } = await import('../../cli/deploy-cluster.ts');
    const wanted = { ...flags, model: args.model };
    const report = await (flags.apply ? applyModel(session, wanted) : deployModel(session, wanted));
    return this.finish(flags, report, (each) => renderDeploy(each, flags.output));
  }
}
