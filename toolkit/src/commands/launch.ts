import { Args } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.ts';
import { launchFlags } from '../cli/launch-flags.ts';
import { renderExplanation, renderLaunch } from '../cli/present/launch.ts';
import type { Explanation } from '../engine/explain.ts';
import type { LaunchResult } from '../engine/launch.ts';

export class Launch extends BaseCommand {
  static override summary = 'Serve a model on this host.';
  static override description =
    'Chooses GPUs, precision and profile, starts the AIM image as a container, waits until the engine is ready and ' +
    'asks it a question. What the engine is doing is shown; when it ends, the cause is. On a failure or an interrupt ' +
    'nothing is left.';
  static override args = {
    model: Args.string({ required: true, ignoreStdin: true, description: 'Model to serve, ORG/MODEL.' }),
    'gpu-count': Args.integer({
      min: 1,
      max: 8,
      ignoreStdin: true,
      description: 'GPUs to use; default is by the size of the model.',
    }),
  };
  static override examples = [
    { description: 'Serve a model, everything chosen', command: '<%= config.bin %> launch Qwen/Qwen3-32B' },
    {
      description: 'Say what matters',
      command: '<%= config.bin %> launch Qwen/Qwen3-32B 4 --precision bf16 --backend vllm --port 8080',
    },
    {
      description: 'See what would be chosen, and why',
      command: '<%= config.bin %> launch meta-llama/Llama-3.1-8B-Instruct --explain',
    },
  ];
  static override flags = launchFlags;

  override async run(): Promise<LaunchResult | Explanation> {
    const { flags, args } = await this.parse(Launch);
    const session = this.open(flags);
    // Profiles, estimates and their tables load only for this command.
    const { explainEndpoint, launchEndpoint } = await import('../cli/launch-endpoint.ts');
    const request = { ...flags, model: args.model, gpuCount: args['gpu-count'] };
    if (flags.explain) return this.finish(flags, await explainEndpoint(session, request), renderExplanation);
    const result = await launchEndpoint(session, request);
    return this.finish(flags, result, (launched) => renderLaunch(launched, this.config.bin));
  }
}
