import { BaseCommand } from '../cli/base-command.ts';
import { buildImages, buildSettings, type BuildReport } from '../cli/build-images.ts';
import { concurrencyFlag, imageFlags, modelArgs, modelFlags, pushFlags } from '../cli/flags.ts';
import { loadRequestedModels } from '../cli/model-plans.ts';
import { renderBuild } from '../cli/present/build.ts';

export class Push extends BaseCommand {
  static override summary = "Make models' images in a registry.";
  static override description =
    'The same as build-model --push: does what `plan` shows, without an engine, and moves no byte of the base.';
  static override args = modelArgs;
  static override examples = [
    { description: 'Push all models', command: '<%= config.bin %> push --all --registry ghcr.io/my-org' },
    {
      description: 'Push one under another tag',
      command: '<%= config.bin %> push Qwen/Qwen3-32B --registry ghcr.io/my-org --tag 0.9.1-rc.1',
    },
  ];
  static override flags = { ...imageFlags, ...pushFlags, ...concurrencyFlag, ...modelFlags };

  override async run(): Promise<BuildReport> {
    const { flags, args } = await this.parse(Push);
    const settings = buildSettings({ ...flags, push: true, load: false, cache: true });
    const session = this.open(flags);
    const { plans, localBase } = loadRequestedModels(session, flags, args['org/model'] ?? []);
    const { concurrency } = flags;
    const report = await buildImages(session, plans, { ...settings, concurrency, localBase });
    return this.finish(flags, report, renderBuild);
  }
}
